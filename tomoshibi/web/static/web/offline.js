// Shown while the server cannot be reached: looks for it every few seconds, and opens the page when it is back.
"use strict";
(() => {
  const look = () => fetch(location.href, { method: "HEAD", cache: "no-store" })
    .then((answer) => { if (answer.ok || answer.status < 500) location.reload(); })
    .catch(() => setTimeout(look, 3000));
  setTimeout(look, 3000);
})();
