// Taps that the network does not take wait in this browser and are sent later, in their order, each once: a tap keeps
// the id of the page it was made on, and says how long ago it was made. All of a facility's pages share one queue.
// They lie in IndexedDB, whose strict transactions are on the disk before a tap is said to be kept: localStorage is
// written seconds later, and a browser that is killed meanwhile loses it. It holds a tap only until then, for a page that
// is left at once. Without this script the forms work as forms.
const taps = (() => {
  "use strict";
  const { base, evacuation } = document.body.dataset, WAIT = 4000, PATIENCE = 15000, LARGE = 120000;
  const sync = document.querySelector("[data-sync]"), complaint = document.querySelector("[data-complaint]");
  const away = document.querySelector("[data-away]");
  // taps that were sent and do not yet stand on what is shown
  const queue = { base, taken: [], onshow: [], onsent: [] };
  const GIVEN_WAY = "given way";
  let waiting = [], sending = false, timer = 0, fresh = 0;
  let upload; // what stops the photograph that is being sent

  const done = (request) => new Promise((good, bad) => {
    request.oncomplete = request.onsuccess = () => good(request.result);
    request.onabort = request.onerror = () => bad(request.error);
  });
  const opened = (() => {
    const request = indexedDB.open(`tomoshibi:taps:${base}`, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("taps");
    return done(request);
  })();
  opened.catch(() => { /* whoever taps is told */ });
  const store = async (mode, act) => {
    const go = (await opened).transaction("taps", mode, { durability: "strict" });
    act(go.objectStore("taps"));
    if (mode === "readwrite") go.commit(); // on its way, even if this page is left now
    await done(go);
  };
  const COMING = `tomoshibi:coming:${base}`;
  const coming = (change = (taps) => taps) => {
    let taps = [];
    try { taps = JSON.parse(localStorage.getItem(COMING)) || []; } catch { /* none */ }
    try { localStorage.setItem(COMING, JSON.stringify(change(taps))); } catch { /* the disk alone holds it */ }
    return taps;
  };
  // keys are in the order of the taps
  let taken = 0;
  const keyOf = (at, id) => `${at} ${String(taken++).padStart(6, "0")} ${id}`;
  const put = async ({ key, ...tap }) => {
    await store("readwrite", (all) => all.put(tap, key));
    coming((taps) => taps.filter((other) => other.key !== key));
  };
  const load = async () => {
    const found = [];
    await store("readonly", (all) => {
      all.openCursor().onsuccess = ({ target: { result } }) => {
        if (!result) return;
        found.push({ ...result.value, key: result.key, safe: true });
        result.continue();
      };
    });
    const known = new Set(found.map((tap) => tap.key)), left = coming().filter((tap) => !known.has(tap.key));
    waiting = [...found, ...left];
    for (const tap of left) {
      await put(tap);
      tap.safe = true;
    }
  };
  const others = globalThis.BroadcastChannel && new BroadcastChannel(`tomoshibi:taps:${base}`);
  if (others) others.onmessage = () => load().then(show);
  // what the town refused is not sent again, and stays until somebody has read why
  const kept = () => waiting.filter((tap) => !tap.refused);
  const complain = (text) => { complaint.textContent = text; complaint.hidden = !text; };
  const reached = (so) => { away.hidden = so; };

  // whose phone it is, and a word that tells it from the others that came by the same link
  const WHO = `tomoshibi:who:${base}`;
  const who = (change) => {
    let told = {};
    try { told = JSON.parse(localStorage.getItem(WHO)) || {}; } catch { /* told anew */ }
    if (change || !told.phone) {
      const [a, b] = crypto.getRandomValues(new Uint8Array(2)), LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ23456789";
      told = { name: "", teams: [], phone: LETTERS[a % 23] + LETTERS[23 + (b % 8)], ...told, ...change };
      try { localStorage.setItem(WHO, JSON.stringify(told)); } catch { /* this page alone knows it */ }
    }
    return told;
  };

  // crypto.randomUUID needs a secure page, which a shelter's laptop on a LAN is not
  const newId = () => {
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64; b[8] = (b[8] & 63) | 128;
    const h = [...b].map((n) => n.toString(16).padStart(2, "0")).join("");
    return [h.slice(0, 8), h.slice(8, 12), h.slice(12, 16), h.slice(16, 20), h.slice(20)].join("-");
  };

  // a choice is shown as made where it was made
  const press = (button) => {
    for (const other of button.closest("[data-choice]")?.querySelectorAll("[aria-pressed]") ?? []) other.removeAttribute("aria-pressed");
    button.setAttribute("aria-pressed", "true");
  };
  const refused = document.querySelector("[data-refused]");
  const showRefused = () => {
    refused.replaceChildren(...waiting.filter((tap) => tap.refused).map((tap) => {
      const line = document.createElement("li"), button = document.createElement("button");
      const at = new Date(tap.at).toLocaleTimeString("ja-JP", { hour: "2-digit", minute: "2-digit" });
      const person = new URLSearchParams(tap.body).get("resident");
      const name = person && document.querySelector(`[data-resident="${CSS.escape(person)}"] .name`)?.firstChild.textContent;
      line.textContent = [at, name?.trim(), tap.refused].filter(Boolean).join(" ");
      button.type = "button";
      button.textContent = refused.dataset.seen;
      button.addEventListener("click", async () => {
        await store("readwrite", (all) => all.delete(tap.key));
        waiting = waiting.filter((other) => other.key !== tap.key);
        show();
      });
      line.append(button);
      return line;
    }));
    refused.parentElement.hidden = !refused.children.length;
  };
  const show = () => {
    const waiting = kept();
    showRefused();
    // only what is on the disk is said to be kept: whoever reads the number may pocket the phone
    const safe = waiting.filter((tap) => tap.safe).length;
    sync.textContent = waiting.length ? `${sync.dataset.unsent} ${safe}` : fresh ? sync.dataset.sent : "";
    sync.classList.toggle("unsent", waiting.length > 0);
    for (const old of document.querySelectorAll(".waiting")) old.classList.remove("waiting");
    for (const tap of [...queue.taken, ...waiting]) {
      const data = new URLSearchParams(tap.body), item = data.get("check");
      const sheet = data.get("sheet") && document.querySelector(`[data-sheet="${CSS.escape(data.get("sheet"))}"]`);
      const button = item && sheet?.querySelector(`button[value="${CSS.escape(item)}"]`);
      const answer = data.get("answer") && document.querySelector(`.answers button[value="${CSS.escape(data.get("answer"))}"]`);
      if (answer && waiting.includes(tap)) press(answer);
      const box = button ? button.closest("li") : tap.blob && sheet?.querySelector(`#i${CSS.escape(tap.item)}`);
      if (!box) continue;
      if (button) {
        press(button);
        box.classList.remove("late");
      }
      box.classList.add("waiting");
      box.dataset.waiting = waiting.includes(tap) ? sync.dataset.unsent : sync.dataset.sent;
    }
    for (const after of queue.onshow) after(waiting);
  };

  // photographs go last, and give way: on a bad line one takes a minute, and a count must not wait for it
  const next = () => {
    const safe = kept().filter((tap) => tap.safe);
    return safe.find((tap) => !tap.blob) ?? safe[0];
  };
  const send = async () => {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    const sent = [];
    let tap;
    while ((tap = next())) {
      let answer;
      const stop = new AbortController(), late = setTimeout(() => stop.abort(), tap.blob ? LARGE : PATIENCE);
      upload = tap.blob && stop;
      try {
        const ago = Math.max(0, (Date.now() - tap.at) / 1000);
        let body = new URLSearchParams(`${tap.body}&ago=${ago}`);
        if (tap.blob) {
          const whole = new FormData();
          for (const [name, value] of body) whole.append(name, value);
          whole.append(`photo-${tap.item}`, tap.blob, "photo.jpg");
          body = whole;
        }
        answer = await fetch(base, {
          method: "POST", body, headers: { "X-Queued": "1" }, signal: stop.signal, redirect: "error",
        });
        reached(true);
      } catch {
        if (stop.signal.reason === GIVEN_WAY) continue;
        reached(false);
        break;
      } finally {
        clearTimeout(late);
        upload = undefined;
      }
      if (answer.status === 404 || answer.status === 403) { complain(sync.dataset.gone); break; }
      if (answer.status >= 500 || answer.status === 429) break;
      if (answer.ok) {
        await store("readwrite", (all) => all.delete(tap.key));
        waiting = waiting.filter((other) => other.key !== tap.key);
        queue.taken.push(tap);
      } else {
        tap.refused = (await answer.json().catch(() => ({}))).text || `${answer.status}`;
        await put(tap);
        waiting = waiting.map((other) => other.key === tap.key ? tap : other);
      }
      sent.push(tap); fresh += 1;
      show();
    }
    sending = false;
    if (kept().length) timer = setTimeout(send, WAIT);
    show();
    if (sent.length) {
      others?.postMessage("sent");
      await again();
      for (const after of queue.onsent) await after(sent);
      soon ||= setTimeout(() => { soon = 0; hold(true); }, SOON);
    }
  };

  // parts that say so come anew after something was sent, but nothing that somebody is writing in
  const again = async () => {
    const parts = [...document.querySelectorAll("[data-fresh]")];
    if (!parts.length) return;
    const told = queue.taken.length;
    try {
      const answer = await fetch(location.pathname, { signal: AbortSignal.timeout(PATIENCE) });
      const made = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!answer.ok) return;
      for (const part of parts) {
        const other = made.getElementById(part.id);
        if (other && !part.querySelector("details[open], input:focus, textarea:focus, select:focus")) part.replaceWith(other);
      }
      queue.taken = queue.taken.slice(told);
    } catch { /* the network is away: what is shown stays */ }
    show();
  };

  // one tap: onto the disk, and to the town when it can be reached; false where this browser cannot keep it
  const add = async (data, photo) => {
    const id = newId(), { name, phone } = who();
    data.set("page", id);
    data.set("phone", phone);
    if (!data.get("by") && name) data.set("by", name);
    if (evacuation) data.set("evacuation", evacuation);
    const at = Date.now(), tap = { id, at, body: data.toString(), key: keyOf(at, id), ...photo };
    waiting = [...waiting, tap];
    if (!photo) coming((taps) => [...taps, tap]); // a photograph is too large for it
    complain("");
    show();
    try {
      await put(tap);
    } catch {
      waiting = waiting.filter((other) => other.key !== tap.key);
      coming((taps) => taps.filter((other) => other.key !== tap.key));
      complain(sync.dataset.full);
      return false;
    }
    for (const other of waiting) if (other.key === tap.key) other.safe = true;
    if (!photo) upload?.abort(GIVEN_WAY);
    others?.postMessage("tapped");
    show();
    send();
    return true;
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target, { submitter } = event;
    if (!form.matches("[data-tap]") || form.dataset.plain) return;
    const data = new URLSearchParams(new FormData(form, submitter));
    if (data.get("report") && !data.get("signs")) return; // the server says what is missing
    event.preventDefault();
    const added = add(data);
    if (submitter?.closest("[data-choice]")) press(submitter);
    form.closest("details.hand")?.removeAttribute("open");
    const said = form.querySelector("[data-done]");
    if (said) { said.hidden = false; form.querySelector("button").focus(); }
    for (const after of queue.ontap) after(data, form);
    show();
    if (await added) return;
    form.dataset.plain = "1"; // it cannot be kept here: the form goes as a form
    form.requestSubmit(submitter);
  });
  addEventListener("online", send);
  addEventListener("offline", () => reached(false));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });

  // the pages are kept in the phone: at once, and anew after something was sent, but only now and then: the list itself
  // is kept whenever it is shown, and a town has hundreds of facilities
  const SOON = 20000;
  let soon = 0;
  const { hold, wipe } = keeping(base, document.body.dataset.pages.split(" "));
  document.querySelector("[data-wipe]")?.addEventListener("click", async (event) => {
    await wipe("facility");
    event.target.nextElementSibling.hidden = false;
  });

  // clocks: minutes since it began, and what is late
  const tick = () => {
    for (const clock of document.querySelectorAll("[data-since]")) {
      if (!clock.dataset.since) continue;
      const minutes = Math.floor((Date.now() - Number(clock.dataset.since)) / 60000);
      clock.querySelector("[data-minutes]").textContent = minutes;
      if (!clock.matches(".clock")) continue;
      for (const box of document.querySelectorAll("li[data-within]")) {
        const open = !box.querySelector("[aria-pressed]");
        box.classList.toggle("late", open && minutes >= Number(box.dataset.within));
      }
    }
  };
  setInterval(tick, 10000);
  tick();
  document.querySelector("[data-print]")?.addEventListener("click", () => print());

  Object.assign(queue, { add, kept, show, sync, who, ontap: [] });
  document.addEventListener("DOMContentLoaded", async () => {
    await load().catch(() => { /* nothing is kept here */ });
    show(); send(); hold();
  });
  return queue;
})();
