// Photographs of a sheet's items: each is a tap of its own and waits in the queue like the others, as a picture made
// smaller. Without this script they go as a form.
(() => {
  "use strict";
  const form = document.getElementById("photographs");
  document.body.classList.add("shoots");
  document.addEventListener("change", async ({ target }) => {
    if (target.form !== form || !target.files?.length) return;
    const data = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    data.set("photographs", "1");
    if (await taps.add(data, { item: target.name.slice("photo-".length), blob: await smaller(target.files[0]) })) target.value = "";
    else form.querySelector("button").click(); // it cannot be kept here
  });
})();
