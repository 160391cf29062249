// The map: Leaflet on one canvas, layers as GeoJSON from this server. A mark has a shape and words besides its colour.
"use strict";
(() => {
  const box = document.getElementById("map");
  if (!box || !window.L) return;
  const english = document.documentElement.lang === "en";
  const layers = JSON.parse(document.getElementById("map-layers").textContent);
  const legend = document.getElementById("legend");
  const GLYPHS = { circle: "●", square: "■", triangle: "▲", diamond: "◆", cross: "✕", line: "―", area: "▭" };
  const WORDS_FROM = 13; // zoom from which faint marks say what they are
  const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  // from afar short words stand whole ("6 Lower"), of longer ones the first
  const first = (words) => (words || "").length <= 12 ? words : words.split(/[\s　]/)[0];

  // words over all marks; what would lie on others waits until somebody zooms in: the list has them all
  function write(c, words) {
    const taken = [], paper = ink("--paper"), dark = ink("--ink");
    Object.assign(c, { textAlign: "center", textBaseline: "top", lineWidth: 4, lineJoin: "round", strokeStyle: paper, fillStyle: dark, globalAlpha: 1 });
    for (const [text, x, y, faint] of words) {
      c.font = `${faint ? "12px" : "bold 13px"} "BIZ UDPGothic", sans-serif`;
      const half = c.measureText(text).width / 2 + 2, box = [x - half, y, x + half, y + 15];
      if (taken.some((t) => box[0] < t[2] && t[0] < box[2] && box[1] < t[3] && t[1] < box[3])) continue;
      taken.push(box);
      c.strokeText(text, x, y);
      c.fillText(text, x, y);
    }
  }

  const Canvas = L.Canvas.extend({
    words: [],
    _draw() {
      this.words = [];
      L.Canvas.prototype._draw.call(this);
      write(this._ctx, this.words);
    },
  });

  const map = L.map(box, {
    renderer: new Canvas({ padding: 0.3 }), attributionControl: false, zoomControl: false, zoomSnap: 0.5, minZoom: 5, maxZoom: 19,
    zoomAnimation: !still, fadeAnimation: false, inertia: !still,
  });
  box.leaflet = map; // for what is drawn on it by hand
  L.control.zoom({ position: "bottomright", zoomInTitle: english ? "Zoom in" : "拡大", zoomOutTitle: english ? "Zoom out" : "縮小" }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);

  const Mark = L.CircleMarker.extend({
    _updateBounds() {
      L.CircleMarker.prototype._updateBounds.call(this);
      if (this.options.words) this._pxBounds = L.bounds(this._pxBounds.min.subtract([48, 4]), this._pxBounds.max.add([48, 20]));
    },
    _updatePath() {
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty()) return;
      const c = renderer._ctx, { x, y } = this._point, s = this._radius;
      const far = this.options.faint && map.getZoom() < WORDS_FROM;
      c.beginPath();
      switch (this.options.shape) {
        case "square": c.rect(x - s * 0.85, y - s * 0.85, s * 1.7, s * 1.7); break;
        case "triangle": c.moveTo(x, y - s); c.lineTo(x + s, y + s * 0.8); c.lineTo(x - s, y + s * 0.8); c.closePath(); break;
        case "diamond": c.moveTo(x, y - s * 1.2); c.lineTo(x + s * 1.2, y); c.lineTo(x, y + s * 1.2); c.lineTo(x - s * 1.2, y); c.closePath(); break;
        case "cross": c.moveTo(x - s, y - s); c.lineTo(x + s, y + s); c.moveTo(x + s, y - s); c.lineTo(x - s, y + s); break;
        default: c.arc(x, y, s, 0, Math.PI * 2);
      }
      renderer._fillStroke(c, this);
      const words = far ? "" : map.getZoom() < WORDS_FROM ? this.options.kind || first(this.options.words) : this.options.words;
      if (!words) return;
      renderer.words.push([words, x, y + s + 2, this.options.faint]);
    },
  });

  function about(properties) {
    const told = document.createElement("p");
    const name = document.createElement(properties.address ? "a" : "strong");
    name.textContent = properties.name;
    if (properties.address) name.href = properties.address;
    told.append(name, document.createElement("br"), properties.state || "");
    return told;
  }

  function drawn(data) {
    return L.geoJSON({ ...data, features: data.features.filter((f) => f.geometry) }, {
      style: ({ properties: p }) => ({
        color: p.colour || ink("--quiet"), weight: p.faint ? 1 : 3, fillOpacity: p.faint ? 0.06 : 0.3,
        dashArray: p.shape === "line" ? "8 6" : null,
      }),
      pointToLayer: ({ properties: p }, at) => new Mark(at, {
        shape: p.shape, faint: p.faint, kind: p.kind, words: p.mark || (p.faint ? p.name : p.state), radius: p.faint ? 5 : 9,
        color: p.shape === "cross" ? p.colour : ink("--ink"), weight: p.shape === "cross" ? 4 : 1, fillColor: p.colour, fillOpacity: 1,
      }),
      onEachFeature: ({ properties }, layer) => layer.bindPopup(() => about(properties)),
    });
  }

  const shown = new Map(); // key -> { text, group }
  const hidden = new Set();
  let placed = false, changed = false;

  // the legend; where there is room for it, each layer can be taken off the map
  function say() {
    legend.replaceChildren(...layers.filter((l) => shown.get(l.key)?.kinds.length).map((l) => {
      const line = document.createElement("toggle" in legend.dataset ? "label" : "span");
      const name = document.createElement("b");
      name.textContent = l.label;
      if (line.matches("label")) {
        const tick = document.createElement("input");
        tick.type = "checkbox";
        tick.checked = !hidden.has(l.key);
        tick.addEventListener("change", () => { if (tick.checked) hidden.delete(l.key); else hidden.add(l.key); put(); });
        line.className = "check";
        line.append(tick);
      }
      const several = shown.get(l.key).kinds.length > 1;
      line.append(...shown.get(l.key).kinds.map(({ shape, colour, kind: said, state, faint }) => {
        const kind = document.createElement("span");
        const glyph = document.createElement("span");
        glyph.textContent = GLYPHS[shape] || GLYPHS.circle;
        glyph.className = "glyph";
        glyph.style.color = colour;
        glyph.setAttribute("aria-hidden", "true");
        kind.append(glyph, several && !faint ? said || first(state) : "");
        return kind;
      }), name);
      return line;
    }));
  }

  // everything anew, in the order of the layers: whose words come first keep their place; areas lie beneath marks
  function put() {
    const groups = layers.filter((l) => shown.has(l.key)).map((l) => [l.key, shown.get(l.key).group]);
    for (const [, group] of groups) group.remove();
    for (const [key, group] of groups) if (!hidden.has(key)) group.addTo(map);
    for (const [, group] of groups) group.eachLayer((one) => { if (!(one instanceof Mark) && map.hasLayer(one)) one.bringToBack(); });
  }

  async function load(layer) {
    try {
      const answer = await fetch(layer.address, { credentials: "same-origin" });
      if (!answer.ok) return;
      const text = await answer.text();
      const before = shown.get(layer.key);
      if (before?.text === text) return;
      before?.group.remove();
      changed = true;
      const data = JSON.parse(text);
      const group = drawn(data);
      const kinds = new Map();
      for (const { geometry, properties: p } of data.features) if (geometry) kinds.set(`${p.shape}${p.colour}`, p);
      shown.set(layer.key, { text, group, kinds: [...kinds.values()].slice(0, 6) });
    } catch { /* the server is away: what is drawn stays, and the next news tries again */ }
  }

  // what the map is about: not the town that lies beneath it
  const subject = () => layers.filter((l) => !l.beneath && shown.has(l.key)).map((l) => shown.get(l.key));

  async function refresh() {
    changed = false;
    await Promise.all(layers.map(load));
    if (changed) { put(); say(); }
    if (!placed) {
      const bounds = L.latLngBounds([]);
      for (const { group } of subject()) if (group.getLayers().length) bounds.extend(group.getBounds());
      if (bounds.isValid()) { map.fitBounds(bounds, { padding: [16, 16], maxZoom: 17, animate: false }); placed = true; }
      else map.setView([36.5, 138], 5);
    }
    box.dataset.drawn = String(subject().reduce((n, { group }) => n + group.getLayers().length, 0));
  }

  // after the page learnt something new; not more often than every three seconds
  let waiting = 0;
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "head" && !waiting) waiting = setTimeout(() => { waiting = 0; refresh(); }, 3000);
  });
  refresh();
})();
