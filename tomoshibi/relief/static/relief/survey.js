// The sheet of a survey: a press of a degree adds 10 % of the part in that degree; the numbers can be typed as well.
"use strict";

(() => {
  const put = (input, value) => {
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const share = (input) => Number.parseFloat(input.value.normalize("NFKC")) || 0;

  // on the document: a form that was refused comes back as a new one
  document.addEventListener("click", (event) => {
    const button = event.target.closest("#sheet button[type=button]");
    if (!button) return;
    if (button.dataset.add) {
      const input = document.getElementById(button.dataset.add);
      const all = [...button.closest(".degrees").querySelectorAll("input")];
      const left = 100 - all.reduce((sum, other) => sum + share(other), 0);
      if (left > 0) put(input, String(share(input) + Math.min(10, left)));
    } else if (button.dataset.set) {
      put(document.getElementById(button.dataset.set), button.dataset.value);
    } else if ("clear" in button.dataset) {
      const inputs = [...button.closest(".degrees").querySelectorAll("input")].filter((input) => input.value);
      for (const input of inputs) put(input, "");
    }
  });
})();
