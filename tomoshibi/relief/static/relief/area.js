// An area drawn on the map by hand: each press of the map is a corner. The corners stand in a box of text, which is what
// is sent; who has no map, or no mouse, types them there.
"use strict";
addEventListener("load", () => {
  const map = document.getElementById("map")?.leaflet, box = document.getElementById("corners"), tools = document.querySelector("[data-draw]");
  if (!map || !box || !tools) return;
  const english = document.documentElement.lang === "en";
  const [draw, back, clear] = ["draw", "back", "clear"].map((name) => tools.querySelector(`[data-do=${name}]`));
  const told = tools.querySelector("[role=status]");
  const ink = getComputedStyle(document.documentElement).getPropertyValue("--lamp").trim() || "#B45309";
  let shape = null, drawing = false;

  const corners = () => box.value.split("\n").map((line) => line.split(",").map((part) => part.trim() ? Number(part) : NaN))
    .filter((at) => at.length === 2 && at.every(Number.isFinite));

  function show() {
    const at = corners();
    shape?.remove();
    shape = at.length ? L.polygon(at, { color: ink, weight: 3, fillOpacity: 0.15, interactive: false }).addTo(map) : null;
    back.disabled = clear.disabled = !at.length;
    told.textContent = drawing || at.length
      ? (english ? `${at.length} corners${drawing ? ": press the map to add one" : ""}` : `${at.length}点${drawing ? "（地図を押すと角が加わります）" : ""}`) : "";
  }

  function put(at) {
    box.value = at.map(([lat, lon]) => `${+lat.toFixed(6)}, ${+lon.toFixed(6)}`).join("\n");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // before the map hears of it: what lies on the map would open its words and keep the press to itself
  map.getContainer().addEventListener("click", (event) => {
    if (!drawing || event.target.closest(".leaflet-control") || map.dragging.moved()) return;
    event.stopPropagation();
    const { lat, lng } = map.mouseEventToLatLng(event);
    put([...corners(), [lat, lng]]);
  }, true);
  draw.addEventListener("click", () => {
    drawing = !drawing;
    draw.setAttribute("aria-pressed", String(drawing));
    map.getContainer().classList.toggle("drawing", drawing);
    map.doubleClickZoom[drawing ? "disable" : "enable"]();
    show();
  });
  back.addEventListener("click", () => put(corners().slice(0, -1)));
  clear.addEventListener("click", () => put([]));
  box.addEventListener("input", show);
  tools.hidden = false;
  show();
});
