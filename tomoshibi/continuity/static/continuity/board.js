// The box of choices takes the focus, closes when its change is recorded, and says why where it is not. A board on
// which somebody is choosing or ticking is not replaced under their hand, but as soon as they have done.
"use strict";
(() => {
  const box = document.getElementById("choose");
  const board = document.getElementById("board");
  const busy = () => box.matches(":popover-open") || board.querySelector("input[name=item]:checked");
  let stale = false;
  let left = ""; // the button by which somebody came, for who goes on by keyboard

  const back = () => {
    if (left && document.activeElement === document.body) document.getElementById(left)?.focus();
  };
  const refresh = () => {
    if (!stale || busy()) return;
    stale = false;
    htmx.trigger(board, "refresh");
  };
  board.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt !== board || !busy()) return;
    stale = true;
    event.preventDefault();
  });
  board.addEventListener("change", refresh);
  box.addEventListener("toggle", refresh);
  board.addEventListener("htmx:afterSettle", back);
  document.addEventListener("pointerdown", () => { left = ""; });

  box.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === box) box.querySelector(".picks button")?.focus();
  });
  box.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) {
      left = event.detail.target.id.replace("i-", "s-");
      box.hidePopover();
      back();
      return;
    }
    const answer = new DOMParser().parseFromString(event.detail.xhr.responseText || "", "text/html");
    const told = document.createElement("p");
    told.className = "said error";
    told.textContent = answer.querySelector(".said.error")?.textContent || box.dataset.unsent;
    document.getElementById("choose-error").replaceChildren(told);
  });
})();
