// Elapsed time goes on between two looks at the server, by the server's clock.
"use strict";
(() => {
  const clock = document.querySelector("[data-now]");
  const ahead = clock ? Date.parse(clock.dataset.now) - Date.now() : 0;
  const two = (n) => String(n).padStart(2, "0");
  const show = () => {
    for (const at of document.querySelectorAll("[data-since]")) {
      const minutes = Math.max(0, Math.floor((Date.now() + ahead - Date.parse(at.dataset.since)) / 60000));
      const days = Math.floor(minutes / 1440);
      const rest = minutes % 1440;
      at.textContent = `+${days ? `${days}d ` : ""}${two(Math.floor(rest / 60))}:${two(rest % 60)}`;
    }
  };
  setInterval(show, 5000);
})();
