// Taps that the network does not take wait in this browser and are sent later, in their order, each once: a tap keeps
// the id of the page it was made on, and says how long ago it was made. All of a facility's pages share one queue.
// Without this script the forms work as forms. It also keeps the pages in the phone (worker.js), and runs the clocks.
const taps = (() => {
  "use strict";
  const base = document.body.dataset.base, KEY = `tomoshibi:taps:${base}`, WAIT = 4000, PATIENCE = 15000;
  const sync = document.querySelector("[data-sync]"), complaint = document.querySelector("[data-complaint]");
  const away = document.querySelector("[data-away]");
  // taps that were sent and do not yet stand on what is shown
  const queue = { base, taken: [], onshow: [], onsent: [] };
  let sending = false, timer = 0, fresh = 0;

  const kept = () => {
    try { return JSON.parse(localStorage.getItem(KEY)) || []; } catch { return []; }
  };
  const keep = (waiting) => {
    try { localStorage.setItem(KEY, JSON.stringify(waiting)); return true; } catch { return false; }
  };
  const complain = (text) => { complaint.textContent = text; complaint.hidden = !text; };
  const reached = (so) => { away.hidden = so; };

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
  const show = () => {
    const waiting = kept();
    sync.textContent = waiting.length ? `${sync.dataset.unsent} ${waiting.length}` : fresh ? sync.dataset.sent : "";
    sync.classList.toggle("unsent", waiting.length > 0);
    for (const old of document.querySelectorAll(".waiting")) old.classList.remove("waiting");
    for (const tap of [...queue.taken, ...waiting]) {
      const data = new URLSearchParams(tap.body), item = data.get("check");
      const sheet = item && document.querySelector(`[data-sheet="${CSS.escape(data.get("sheet"))}"]`);
      const button = sheet?.querySelector(`button[value="${CSS.escape(item)}"]`);
      const answer = data.get("answer") && document.querySelector(`.answers button[value="${CSS.escape(data.get("answer"))}"]`);
      if (answer && waiting.includes(tap)) press(answer);
      if (!button) continue;
      press(button);
      const box = button.closest("li");
      box.classList.add("waiting");
      box.classList.remove("late");
      box.dataset.waiting = waiting.includes(tap) ? sync.dataset.unsent : sync.dataset.sent;
    }
    for (const after of queue.onshow) after(waiting);
  };

  const send = async () => {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    const sent = [];
    let tap;
    while ((tap = kept()[0])) {
      let answer;
      try {
        const ago = Math.max(0, (Date.now() - tap.at) / 1000);
        answer = await fetch(base, {
          method: "POST", body: new URLSearchParams(`${tap.body}&ago=${ago}`), headers: { "X-Queued": "1" },
          signal: AbortSignal.timeout(PATIENCE), redirect: "error",
        });
        reached(true);
      } catch { reached(false); break; }
      if (answer.status === 404 || answer.status === 403) { complain(sync.dataset.gone); break; }
      if (answer.status >= 500 || answer.status === 429) break;
      if (!answer.ok) complain((await answer.json().catch(() => ({}))).text || `${answer.status}`);
      keep(kept().filter((other) => other.id !== tap.id));
      if (answer.ok) queue.taken.push(tap);
      sent.push(tap); fresh += 1;
      show();
    }
    sending = false;
    if (kept().length) timer = setTimeout(send, WAIT);
    show();
    if (sent.length) {
      for (const after of queue.onsent) await after(sent);
      hold(true);
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-tap]")) return;
    const data = new URLSearchParams(new FormData(form, event.submitter));
    if (data.get("report") && !data.get("signs")) return; // the server says what is missing
    const id = newId();
    data.set("page", id);
    const waiting = [...kept(), { id, at: Date.now(), body: data.toString() }];
    if (!keep(waiting)) { complain(sync.dataset.full); return; } // and the form goes as a form
    event.preventDefault();
    complain("");
    if (event.submitter?.closest("[data-choice]")) press(event.submitter);
    form.closest("details.hand")?.removeAttribute("open");
    const done = form.querySelector("[data-done]");
    if (done) { done.hidden = false; form.querySelector("button").focus(); }
    show();
    send();
  });
  addEventListener("online", send);
  addEventListener("offline", () => reached(false));
  addEventListener("storage", show);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });

  // the pages are kept in the phone: at once, and anew after something was sent; what did not succeed is tried again.
  // Only a secure page may (https).
  const OLD = 600000, AGAIN = 8000;
  let held = 0, line; // a port that nobody holds is collected, and its answer with it
  const later = () => { held = 0; setTimeout(hold, AGAIN); };
  const installed = async () => {
    for (let looks = 0; looks < 150; looks += 1) {
      const found = await navigator.serviceWorker.getRegistration(base);
      if (found?.active) return found.active;
      await new Promise((go) => setTimeout(go, 200));
    }
    throw new Error("the worker was not installed");
  };
  const hold = async (now = false) => {
    if (!globalThis.isSecureContext || !navigator.serviceWorker || (!now && Date.now() - held < OLD)) return;
    held = Date.now();
    try {
      await navigator.serviceWorker.register(`${base}worker.js`, { scope: base });
      const worker = await installed();
      line = new MessageChannel();
      const unheard = setTimeout(later, AGAIN); // a worker that has just begun may miss what it is told
      line.port1.onmessage = (told) => {
        clearTimeout(unheard);
        document.body.dataset.kept = told.data;
        if (told.data === "later") later();
      };
      worker.postMessage({ keep: document.body.dataset.pages.split(" ") }, [line.port2]);
    } catch { later(); /* the network is away: what was kept stays */ }
  };
  document.querySelector("[data-wipe]")?.addEventListener("click", async (event) => {
    const found = await navigator.serviceWorker?.getRegistration(base);
    if (globalThis.caches) await caches.delete(`facility ${base}`);
    await found?.unregister();
    event.target.nextElementSibling.hidden = false;
  });

  // clocks: minutes since it began, and what is late
  const clock = document.querySelector("[data-since]");
  const tick = () => {
    const minutes = Math.floor((Date.now() - Number(clock.dataset.since)) / 60000);
    clock.querySelector("[data-minutes]").textContent = minutes;
    for (const box of document.querySelectorAll("li[data-within]")) {
      const open = !box.querySelector("[aria-pressed]");
      box.classList.toggle("late", open && minutes >= Number(box.dataset.within));
    }
  };
  if (clock?.dataset.since) { setInterval(tick, 10000); tick(); }
  document.querySelector("[data-print]")?.addEventListener("click", () => print());

  Object.assign(queue, { kept, show, send, sync, reached });
  document.addEventListener("DOMContentLoaded", () => { show(); send(); hold(); });
  return queue;
})();
