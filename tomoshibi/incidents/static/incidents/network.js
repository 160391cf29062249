// The live network: every station on one canvas, by class; figures and list are fetched anew while somebody looks.
"use strict";
(() => {
  const EVERY = 2000, LISTED = 6000;
  const hold = document.getElementById("hold");
  const pressed = (button) => button?.getAttribute("aria-pressed") === "true";
  const press = (button) => button.setAttribute("aria-pressed", String(!pressed(button)));
  const held = () => document.hidden || pressed(hold);
  hold?.addEventListener("click", () => press(hold));

  // the parts of the page that change, unless somebody's focus is in them
  async function renew() {
    if (held()) return;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const selector of ["#summary", ".count", ".scroll table"]) {
        const here = document.querySelector(selector), there = page.querySelector(selector);
        if (here && there && !here.contains(document.activeElement) && here.innerHTML !== there.innerHTML) here.innerHTML = there.innerHTML;
      }
      const drum = document.getElementById("drum");
      if (drum) drum.src = `${drum.src.split("?")[0]}?at=${Date.now()}`;
    } catch { /* the server is away: what is shown stays */ }
  }
  setInterval(renew, LISTED);

  const box = document.getElementById("map");
  if (!box || !window.L) return;
  const english = document.documentElement.lang === "en";
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  // the colours of the legend are those of the classes, weakest first
  const samples = [...document.querySelectorAll("#legend .intensity")].reverse().map((one) => {
    const style = getComputedStyle(one);
    return { fill: style.backgroundColor, ink: style.color, word: one.textContent.replace(/^震度|^Intensity /, "").replace(" Lower", "-").replace(" Upper", "+"), whole: one.textContent };
  });
  const map = L.map(box, { attributionControl: false, zoomControl: false, zoomSnap: 0.5, minZoom: 4, maxZoom: 16, zoomAnimation: false, fadeAnimation: false, inertia: !still });
  L.control.zoom({ position: "bottomright", zoomInTitle: english ? "Zoom in" : "拡大", zoomOutTitle: english ? "Zoom out" : "縮小" }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  const most = document.getElementById("most");
  let stations = [], classes = "", largest = "";
  const shown = () => (pressed(most) ? largest : classes);
  most.addEventListener("click", () => { press(most); layer.draw(); });

  const Stations = L.Layer.extend({
    onAdd() {
      this.canvas = L.DomUtil.create("canvas", "leaflet-layer", map.getPane("overlayPane"));
      map.on("moveend zoomend resize viewreset", this.draw, this);
      this.draw();
    },
    draw() {
      const size = map.getSize(), dense = window.devicePixelRatio || 1, canvas = this.canvas;
      L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
      canvas.width = size.x * dense; canvas.height = size.y * dense;
      canvas.style.width = `${size.x}px`; canvas.style.height = `${size.y}px`;
      const c = canvas.getContext("2d");
      c.scale(dense, dense);
      const zoom = map.getZoom(), small = zoom < 6.5, half = small ? 4 : zoom < 9 ? 9 : 11;
      const ink = getComputedStyle(box).color;
      Object.assign(c, { textAlign: "center", textBaseline: "middle", font: `bold ${Math.max(half, 8) + 2}px sans-serif`, lineWidth: 1 });
      // the strongest last, so that nothing hides it
      const letters = shown(), order = stations.map((_, n) => n).sort((a, b) => rank(letters[a]) - rank(letters[b]));
      const strongest = Math.max(1, ...order.slice(-1).map((n) => rank(letters[n]))), write = [];
      for (const n of order) {
        const { x, y } = map.latLngToContainerPoint(stations[n].at);
        if (x < -20 || y < -20 || x > size.x + 20 || y > size.y + 20) continue;
        const letter = letters[n] || "-";
        c.strokeStyle = ink;
        c.beginPath();
        if (letter === "x") { const s = zoom < 7 ? 1.5 : 3; c.moveTo(x - s, y - s); c.lineTo(x + s, y + s); c.moveTo(x + s, y - s); c.lineTo(x - s, y + s); c.stroke(); continue; }
        if (letter === "-" || letter === "0") { c.arc(x, y, zoom < 7 ? 1.6 : 3, 0, Math.PI * 2); c.fillStyle = letter === "0" ? "#fff" : "transparent"; c.fill(); c.stroke(); continue; }
        const sample = samples[Number(letter)];
        c.rect(x - half, y - half, 2 * half, 2 * half);
        c.fillStyle = sample.fill; c.fill(); c.stroke();
        if (!small) { c.fillStyle = sample.ink; c.fillText(sample.word, x, y + 1); } else if (rank(letter) >= strongest - 1) write.push([sample, x, y]);
      }
      // where all of the country is seen, only the two strongest classes have room for their words
      for (const [sample, x, y] of write) {
        c.beginPath(); c.rect(x - 8, y - 8, 16, 16);
        c.fillStyle = sample.fill; c.fill(); c.stroke();
        c.fillStyle = sample.ink; c.fillText(sample.word, x, y + 1);
      }
      box.dataset.drawn = String(stations.length);
    },
  });
  const rank = (letter) => (letter === "x" ? -2 : letter === "-" || letter === undefined ? -1 : Number(letter));
  const layer = new Stations().addTo(map.setView([37, 138], 5));

  map.on("click", ({ containerPoint: at }) => {
    let best = null, near = 14;
    stations.forEach((one, n) => {
      const far = map.latLngToContainerPoint(one.at).distanceTo(at);
      if (far < near) { near = far; best = n; }
    });
    if (best === null) return;
    const one = stations[best], told = document.createElement("p"), link = document.createElement("a"), peak = samples[Number(largest[best])];
    link.href = box.dataset.station.replace("CODE", encodeURIComponent(one.code));
    link.textContent = `${one.code} ${one.name}`;
    told.append(link, document.createElement("br"), peak ? `${english ? "Largest" : "最大"} ${peak.whole}` : "—");
    L.popup().setLatLng(one.at).setContent(told).openOn(map);
  });

  async function look() {
    try {
      const answer = await fetch(box.dataset.now, { credentials: "same-origin" });
      if (!answer.ok) return;
      const said = await answer.json();
      if (said.classes.length !== stations.length) return begin();
      const before = shown();
      classes = said.classes;
      largest = said.largest;
      if (shown() !== before) layer.draw();
    } catch { /* the server is away: the next look tries again */ }
  }

  async function begin() {
    try {
      const said = await (await fetch(box.dataset.places, { credentials: "same-origin" })).json();
      if (!said.stations.length) return;
      stations = said.stations.map(([code, name, lat, lon]) => ({ code, name, at: L.latLng(lat, lon) }));
      map.fitBounds(L.latLngBounds(stations.map((one) => one.at)), { padding: [16, 16], animate: false, maxZoom: 10 });
      await look();
      layer.draw();
    } catch { /* as above */ }
  }
  begin();
  setInterval(() => { if (!held()) look(); }, EVERY);
})();
