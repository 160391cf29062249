// The operations room's few keys: n writes a line. What was unfolded stays so when the page learns something new.
"use strict";
(() => {
  const WRITING = "tomoshibi:writing";
  const line = document.getElementById("n-what");
  const typing = (at) => at instanceof Element && at.closest("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    // a key that is part of a Japanese conversion is the input method's, not ours
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "n" && line && !typing(event.target)) { event.preventDefault(); line.focus(); }
    if (event.key === "Escape" && event.target === line) line.blur();
  });

  if (line) {
    // an Enter that ends a conversion records nothing
    line.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) event.preventDefault();
    });
    // whoever writes one line mostly writes the next
    line.form.addEventListener("submit", () => { try { sessionStorage.setItem(WRITING, "1"); } catch { /* forbidden: no matter */ } });
    try {
      if (sessionStorage.getItem(WRITING)) { sessionStorage.removeItem(WRITING); line.focus({ preventScroll: true }); }
    } catch { /* as above */ }
  }

  let unfolded = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    unfolded = [...event.target.querySelectorAll("details[id][open]")].map((d) => d.id);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of unfolded) { const found = document.getElementById(id); if (found) found.open = true; }
  });
})();
