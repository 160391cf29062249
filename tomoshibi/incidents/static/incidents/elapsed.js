// Elapsed time, and time left, go on between two looks at the server, by the server's clock.
"use strict";
(() => {
  const clock = document.querySelector("[data-now]");
  const ahead = clock ? Date.parse(clock.dataset.now) - Date.now() : 0;
  const english = document.documentElement.lang === "en";
  const two = (n) => String(n).padStart(2, "0");
  const long = (minutes) => {
    const days = Math.floor(minutes / 1440), hours = Math.floor(minutes / 60) % 24, rest = minutes % 60;
    if (days >= 730) return english ? `${Math.floor(days / 365)} years` : `${Math.floor(days / 365)}年`;
    if (days) return english ? `${days} d ${hours} h` : `${days}日${hours}時間`;
    if (hours) return english ? `${hours} h ${rest} min` : `${hours}時間${rest}分`;
    return english ? `${rest} min` : `${rest}分`;
  };
  const show = () => {
    const now = Date.now() + ahead;
    for (const at of document.querySelectorAll("[data-since]")) {
      const minutes = Math.max(0, Math.floor((now - Date.parse(at.dataset.since)) / 60000));
      const days = Math.floor(minutes / 1440);
      const rest = minutes % 1440;
      at.textContent = `+${days ? `${days}d ` : ""}${two(Math.floor(rest / 60))}:${two(rest % 60)}`;
    }
    for (const at of document.querySelectorAll("[data-until]")) {
      const left = Math.ceil((Date.parse(at.dataset.until) - now) / 60000);
      if (left > 0) at.textContent = english ? `in ${long(left)}` : `あと ${long(left)}`;
      else {
        at.textContent = english ? `${long(-left)} late` : `${long(-left)} 超過`;
        at.closest(".told")?.classList.add("alert");
      }
    }
  };
  show();
  setInterval(show, 5000);
  document.addEventListener("htmx:afterSwap", show);
})();
