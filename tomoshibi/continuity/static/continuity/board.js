// The box of choices closes when its change is recorded, and says why where it is not; a board on which somebody is
// ticking rows is not replaced under their hand.
"use strict";
(() => {
  const box = () => document.getElementById("choose");
  const inBox = (event) => box()?.contains(event.detail.elt);
  let stale = false;

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.id === "board" && document.querySelector("#board input[name=item]:checked")) {
      stale = true;
      event.preventDefault();
    }
  });
  document.addEventListener("change", (event) => {
    if (stale && event.target.name === "item" && !document.querySelector("#board input[name=item]:checked")) {
      stale = false;
      htmx.trigger("#board", "refresh");
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!inBox(event)) return;
    const row = event.detail.target?.id;
    if (event.detail.successful) {
      box().hidePopover();
      document.getElementById(row?.replace("i-", "s-"))?.focus();
      return;
    }
    const told = document.createElement("p");
    told.className = "said error";
    const answer = new DOMParser().parseFromString(event.detail.xhr.responseText || "", "text/html");
    const offline = document.documentElement.lang === "en" ? "Not sent. Try again." : "送れませんでした。もう一度押してください。";
    told.textContent = answer.querySelector(".said.error")?.textContent || offline;
    document.getElementById("choose-error").replaceChildren(told);
  });
})();
