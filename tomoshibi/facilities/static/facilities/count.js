// The head-count: who waits to be sent is marked, the list comes anew after every count, and another phone's counts show.
(() => {
  "use strict";
  const here = taps.base, PATIENCE = 15000, OLD = 60000;
  const parts = {};
  const live = document.getElementById("live"), { sync } = taps;
  // nothing is exchanged under a finger: a tap would fall on what is no longer there
  let pressed = false;
  const lifted = [];
  const lift = () => setTimeout(() => { pressed = false; for (const go of lifted.splice(0)) go(); });
  addEventListener("pointerdown", () => { pressed = true; }, true);
  addEventListener("pointerup", lift, true);
  addEventListener("pointercancel", lift, true);
  const released = () => pressed ? new Promise((go) => lifted.push(go)) : undefined;

  // what waits is marked where it stands, and counted in the total as the person who tapped counts it
  taps.onshow.push((waiting) => {
    const count = document.getElementById("count");
    const counted = new Set();
    for (const tap of [...taps.taken, ...waiting]) {
      const data = new URLSearchParams(tap.body), person = data.get("resident");
      const card = person && document.querySelector(`.person[data-resident="${CSS.escape(person)}"], .met [data-resident="${CSS.escape(person)}"]`);
      if (card) {
        card.classList.add("waiting");
        card.dataset.waiting = waiting.includes(tap) ? sync.dataset.unsent : sync.dataset.sent;
        const counts = data.get("identity") || data.get("phase") === count.dataset.phase;
        if (counts && card.classList.contains("person")) counted.add(person);
      }
    }
    const total = document.querySelector("[data-total]");
    if (total) {
      const number = Number(count.dataset.number) + counted.size;
      total.textContent = `${number}/${count.dataset.of}`;
      document.querySelector("#count progress").value = number;
    }
  });

  const phase = () => document.getElementById("count").dataset.phase;
  const fetched = async (address) => {
    const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE) });
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  };
  const get = async (of) => (await fetched(`${here}?part=1&phase=${of}`))?.getElementById("count");
  // without a network the page that was kept may show another phase than the address asks for
  let asked = new URLSearchParams(location.search).get("phase");
  const refresh = async () => {
    try {
      const now = asked || phase(), told = taps.taken.length, made = await get(now);
      await released();
      if (made && now === (asked || phase())) {
        document.getElementById("count").replaceWith(made);
        taps.taken = taps.taken.slice(told);
        asked = "";
      }
      // the other phases are kept at hand, so that they can be turned to without a network
      for (const other of ["before", "out", "way", "in"]) {
        if (other === now || (parts[other] && Date.now() - parts[other].at < OLD)) continue;
        const part = await get(other);
        if (part) parts[other] = { part, at: Date.now() };
      }
    } catch { /* the network is away: what is shown stays */ }
    taps.show();
  };

  // what was answered, and what follows from it, as the town has it now
  const ANSWER = ["header", "form:has(.answers)"];
  const reread = async () => {
    try {
      const made = await fetched(here);
      await released();
      if (!made || taps.kept().length || document.querySelector("details[open]")) return;
      for (const part of ANSWER) document.querySelector(part).replaceWith(made.querySelector(part));
    } catch { /* the network is away: what is shown stays */ }
  };

  taps.onsent.push(async (sent) => {
    if (sent.some((tap) => new URLSearchParams(tap.body).has("answer"))) await reread();
    await refresh();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".phases a");
    const to = link && new URL(link.href).searchParams.get("phase");
    if (!to || !parts[to]) return; // not at hand: a page is loaded
    event.preventDefault();
    asked = "";
    if (to === phase()) return;
    document.getElementById("count").replaceWith(parts[to].part.cloneNode(true));
    taps.show();
    refresh();
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });

  // another phone counts as well: what it counted is shown here
  let stream;
  const listen = () => {
    if (stream || document.hidden) return;
    stream = new EventSource(live.dataset.events);
    let soon = 0;
    const heard = () => { clearTimeout(soon); soon = setTimeout(refresh, 700); };
    for (const type of ["facilities.headcount", "facilities.evacuation", "facilities.transfer"]) stream.addEventListener(type, heard);
  };
  addEventListener("pagehide", () => { stream?.close(); stream = undefined; });
  addEventListener("pageshow", listen);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { stream?.close(); stream = undefined; } else listen();
  });
  listen();
  refresh();
})();
