// Taps that the network does not take wait in this browser and are sent later, in their order, each once: a tap keeps
// the id of the page it was made on, and says how long ago it was made. Without this script the forms work as forms.
(() => {
  "use strict";
  const here = location.pathname, KEY = `tomoshibi:taps:${here}`, WAIT = 4000, PATIENCE = 15000, OLD = 60000;
  const parts = {};
  const sync = document.querySelector("[data-sync]"), complaint = document.querySelector("[data-complaint]");
  const live = document.getElementById("live");
  let sending = false, timer = 0, fresh = 0;
  // taps that were sent and do not yet stand in the list that is shown
  let taken = [];

  // nothing is exchanged under a finger: a tap would fall on what is no longer there
  let pressed = false;
  const lifted = [];
  const lift = () => setTimeout(() => { pressed = false; for (const go of lifted.splice(0)) go(); });
  addEventListener("pointerdown", () => { pressed = true; }, true);
  addEventListener("pointerup", lift, true);
  addEventListener("pointercancel", lift, true);
  const released = () => pressed ? new Promise((go) => lifted.push(go)) : undefined;

  const kept = () => {
    try { return JSON.parse(localStorage.getItem(KEY)) || []; } catch { return []; }
  };
  const keep = (taps) => {
    try { localStorage.setItem(KEY, JSON.stringify(taps)); return true; } catch { return false; }
  };
  const complain = (text) => { complaint.textContent = text; complaint.hidden = !text; };

  // crypto.randomUUID needs a secure page, which a shelter's laptop on a LAN is not
  const newId = () => {
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64; b[8] = (b[8] & 63) | 128;
    const h = [...b].map((n) => n.toString(16).padStart(2, "0")).join("");
    return [h.slice(0, 8), h.slice(8, 12), h.slice(12, 16), h.slice(16, 20), h.slice(20)].join("-");
  };

  // what waits is marked where it stands, and counted in the total as the person who tapped counts it
  const show = () => {
    const taps = kept();
    sync.textContent = taps.length ? `${sync.dataset.unsent} ${taps.length}` : fresh ? sync.dataset.sent : "";
    sync.classList.toggle("unsent", taps.length > 0);
    for (const old of document.querySelectorAll(".waiting")) old.classList.remove("waiting");
    const count = document.getElementById("count");
    const counted = new Set();
    for (const tap of [...taken, ...taps]) {
      const data = new URLSearchParams(tap.body), person = data.get("resident");
      const card = person && document.querySelector(`.person[data-resident="${CSS.escape(person)}"], .met [data-resident="${CSS.escape(person)}"]`);
      if (card) {
        card.classList.add("waiting");
        card.dataset.waiting = taps.includes(tap) ? sync.dataset.unsent : sync.dataset.sent;
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
  };

  const phase = () => document.getElementById("count").dataset.phase;
  const fetched = async (address) => {
    const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE) });
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  };
  const get = async (of) => (await fetched(`${here}?part=1&phase=${of}`))?.getElementById("count");
  const refresh = async () => {
    try {
      const now = phase(), told = taken.length, made = await get(now);
      await released();
      // a form that somebody fills in stays as it is: the list comes anew when it is closed
      if (made && now === phase() && !document.querySelector("details.hand[open]")) {
        document.getElementById("count").replaceWith(made);
        taken = taken.slice(told);
      }
      // the other phase is kept at hand, so that it can be turned to without a network
      const other = now === "out" ? "in" : "out";
      if (!parts[other] || Date.now() - parts[other].at > OLD) {
        const part = await get(other);
        if (part) parts[other] = { part, at: Date.now() };
      }
    } catch { /* the network is away: what is shown stays */ }
    show();
  };

  // what was answered, and what follows from it, as the town has it now
  const ANSWER = ["header", "form:has(.answers)"];
  const reread = async () => {
    try {
      const made = await fetched(here);
      await released();
      if (!made || kept().length || document.querySelector("details[open]")) return;
      for (const part of ANSWER) document.querySelector(part).replaceWith(made.querySelector(part));
    } catch { /* the network is away: what is shown stays */ }
  };

  const send = async () => {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    let sent = 0, answered = false, tap;
    while ((tap = kept()[0])) {
      let answer;
      try {
        const ago = Math.max(0, (Date.now() - tap.at) / 1000);
        answer = await fetch(here, {
          method: "POST", body: new URLSearchParams(`${tap.body}&ago=${ago}`), headers: { "X-Queued": "1" },
          signal: AbortSignal.timeout(PATIENCE), redirect: "error",
        });
      } catch { break; }
      if (answer.status === 404 || answer.status === 403) { complain(sync.dataset.gone); break; }
      if (answer.status >= 500 || answer.status === 429) break;
      if (!answer.ok) complain((await answer.json().catch(() => ({}))).text || `${answer.status}`);
      keep(kept().filter((other) => other.id !== tap.id));
      if (answer.ok) taken.push(tap);
      sent += 1; fresh += 1;
      answered ||= new URLSearchParams(tap.body).has("answer");
      show();
    }
    sending = false;
    if (kept().length) timer = setTimeout(send, WAIT);
    show();
    if (answered) await reread();
    if (sent) refresh();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-tap]")) return;
    const data = new URLSearchParams(new FormData(form, event.submitter));
    const id = newId();
    data.set("page", id);
    const taps = [...kept(), { id, at: Date.now(), body: data.toString() }];
    if (!keep(taps)) { complain(sync.dataset.full); return; } // and the form goes as a form
    event.preventDefault();
    complain("");
    if (data.get("answer")) {
      for (const button of form.querySelectorAll("[aria-pressed]")) button.removeAttribute("aria-pressed");
      event.submitter.setAttribute("aria-pressed", "true");
    }
    form.closest("details.hand")?.removeAttribute("open");
    show();
    send();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".phases a");
    const to = link && new URL(link.href).searchParams.get("phase");
    if (!to || !parts[to]) return; // not at hand: a page is loaded
    event.preventDefault();
    if (to === phase()) return;
    document.getElementById("count").replaceWith(parts[to].part.cloneNode(true));
    show();
    refresh();
  });
  addEventListener("online", send);
  addEventListener("storage", show);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { send(); refresh(); } });

  // another phone counts as well: what it counted is shown here
  let stream;
  const listen = () => {
    if (stream || document.hidden) return;
    stream = new EventSource(live.dataset.events);
    let soon = 0;
    const heard = () => { clearTimeout(soon); soon = setTimeout(refresh, 700); };
    for (const type of ["facilities.headcount", "facilities.evacuation"]) stream.addEventListener(type, heard);
  };
  addEventListener("pagehide", () => { stream?.close(); stream = undefined; });
  addEventListener("pageshow", listen);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { stream?.close(); stream = undefined; } else listen();
  });
  listen();
  show();
  send();
  refresh();
})();
