// Has a page's keeper (keeper.js) installed and asks it to keep pages, at once and whenever it is asked again; what did
// not succeed is tried again. Only a secure page may (https, localhost). body[data-kept] says how it went.
"use strict";
const keeping = (base, pages) => {
  const OLD = 600000, UNHEARD = 5000, LONGEST = 60000;
  let held = 0, again = 1000, line; // a port that nobody holds is collected, and its answer with it
  const later = () => {
    held = 0;
    setTimeout(hold, again);
    again = Math.min(2 * again, LONGEST); // a network that is away for hours must not empty the battery
  };
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
      const unheard = setTimeout(later, UNHEARD); // a worker that has just begun may miss what it is told
      line.port1.onmessage = (told) => {
        clearTimeout(unheard);
        document.body.dataset.kept = told.data;
        if (told.data === "later") later();
        if (told.data === "kept") again = 1000;
      };
      worker.postMessage({ keep: pages }, [line.port2]);
      navigator.storage?.persist?.(); // a full device then throws away other things first
    } catch { later(); /* the network is away: what was kept stays */ }
  };
  const wipe = async (kind) => {
    const found = await navigator.serviceWorker?.getRegistration(base);
    if (globalThis.caches) await caches.delete(`${kind} ${base}`);
    await found?.unregister();
  };
  return { hold, wipe };
};
