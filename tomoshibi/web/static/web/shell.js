// The shell's few keys and the clock. Nothing here is needed to work: pages are whole without it.
"use strict";
(() => {
  const typing = (at) => at instanceof Element && at.closest("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    // a key that is part of a Japanese conversion is the input method's, not ours
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !typing(event.target)) {
      const find = document.getElementById("find");
      if (find) { event.preventDefault(); find.focus(); }
    }
    if (event.key === "Escape") for (const open of document.querySelectorAll(".top details[open]")) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });

  // the clock goes on from the server's time: a borrowed laptop's own may be wrong
  const clock = document.querySelector("[data-now]");
  if (clock) {
    const shown = Date.parse(clock.dataset.now), loaded = Date.now();
    const speed = Number(clock.dataset.speed || 1);  // a drill's time may fly
    const english = document.documentElement.lang === "en";
    const parts = new Intl.DateTimeFormat(english ? "en-GB" : "ja-JP", {
      timeZone: "Asia/Tokyo", month: "2-digit", day: "2-digit", weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false,
    });
    const show = () => {
      const p = Object.fromEntries(parts.formatToParts(new Date(shown + (Date.now() - loaded) * speed)).map((x) => [x.type, x.value]));
      const day = english ? ` ${p.weekday}` : `(${p.weekday})`;
      clock.textContent = `${p.month}-${p.day}${day} ${p.hour}:${p.minute}`;
    };
    setInterval(show, speed > 1 ? 500 : 5000);
  }

  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js").catch(() => { /* works without */ });

  // whoever uses this machine next must not find the drafts of who left it
  document.addEventListener("submit", (event) => {
    if (!event.target.action.endsWith("/accounts/logout/")) return;
    for (const key of Object.keys(localStorage)) if (key.startsWith("draft:")) localStorage.removeItem(key);
  });
})();
