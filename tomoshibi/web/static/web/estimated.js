// The estimated map: tiles of the estimate, stations on one canvas, the shock moment by moment where that is known, else
// its spread by the stations' triggers.
"use strict";
(() => {
  const box = document.getElementById("estimated");
  if (!box || !window.L) return;
  const english = document.documentElement.lang === "en";
  const data = JSON.parse(document.getElementById("estimated-data").textContent);
  const classes = new Map(data.classes.map((k, rank) => [k.label, { ...k, rank }]));
  const LABELS_FROM = 10; // zoom from which a station says its class
  const [south, west, north, east] = data.bounds;

  const map = L.map(box, { preferCanvas: true, attributionControl: false, zoomControl: false, zoomAnimation: false, fadeAnimation: false, minZoom: 4, maxZoom: 14 });
  L.control.zoom({ position: "bottomright", zoomInTitle: english ? "Zoom in" : "拡大", zoomOutTitle: english ? "Zoom out" : "縮小" }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  const edges = L.latLngBounds([south, west], [north, east]);
  const estimate = L.tileLayer(data.tiles, {
    bounds: edges, minNativeZoom: data.zooms[0], maxNativeZoom: data.zooms[1], maxZoom: 14, minZoom: 4, alt: "",
  }).addTo(map);

  // a circle in the class's colour, larger the stronger; a hatched square where nothing came in
  const Station = L.CircleMarker.extend({
    _updatePath() {
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty()) return;
      const c = renderer._ctx, { x, y } = this._point, s = this._radius;
      c.globalAlpha = 1;
      c.lineWidth = 1;
      c.strokeStyle = "#1F1B16";
      c.beginPath();
      if (this.options.silent) {
        c.rect(x - s, y - s, 2 * s, 2 * s);
        c.fillStyle = "#FFFFFF";
        c.fill();
        c.save();
        c.clip();
        c.beginPath();
        for (let d = -2 * s; d <= 2 * s; d += 4) { c.moveTo(x - s + d, y + s); c.lineTo(x + s + d, y - s); }
        c.lineWidth = 1.5;
        c.stroke();
        c.restore();
        c.lineWidth = 2;
        c.strokeRect(x - s, y - s, 2 * s, 2 * s);
        return;
      }
      c.arc(x, y, s, 0, Math.PI * 2);
      c.fillStyle = this.options.fillColor;
      c.fill();
      c.stroke();
      if (map.getZoom() < LABELS_FROM) return;
      c.fillStyle = this.options.ink;
      c.font = "bold 11px sans-serif";
      c.textAlign = "center";
      c.textBaseline = "middle";
      c.fillText(this.options.label, x, y);
    },
  });
  const size = (rank) => map.getZoom() >= LABELS_FROM ? 12 : map.getZoom() >= 8 ? 3 + rank * 0.5 : 1.5 + rank * 0.4;

  function told(...lines) {
    const box = document.createElement("p");
    lines.forEach((line, i) => { if (i) box.append(document.createElement("br")); box.append(line); });
    return box;
  }

  const stations = [];
  const shown = L.layerGroup().addTo(map);
  const ranked = [...classes.values()];
  let until = Infinity, moment = -1; // the moment shown, -1: the whole shock
  const show = () => {
    for (const each of stations) {
      const { mark, seconds, frames } = each;
      const rank = moment < 0 || !frames ? each.whole : frames[moment];
      if (rank !== each.rank) {
        each.rank = rank;
        if (rank >= 0) { const k = ranked[rank]; mark.options.label = k.label; mark.options.ink = k.ink; mark.setStyle({ fillColor: k.colour }); mark.setRadius(size(rank)); }
      }
      const heard = moment < 0 || (frames ? rank > 0 : false);
      const wanted = document.getElementById("show-stations").checked && seconds <= until && heard;
      if (wanted !== shown.hasLayer(mark)) { if (wanted) shown.addLayer(mark); else shown.removeLayer(mark); }
    }
  };
  const resize = () => { for (const { mark, rank } of stations) mark.setRadius(rank < 0 ? (map.getZoom() < 7 ? 4 : Math.max(6, size(5))) : size(rank)); };

  map.fitBounds(edges);
  fetch(data.stations).then((answer) => answer.json()).then(({ features }) => {
    const found = features.filter((f) => f.properties.kind === "observed").map((f) => {
      const p = f.properties, k = classes.get(p.class), [lon, lat] = f.geometry.coordinates;
      const mark = new Station([lat, lon], { radius: size(k.rank), fillColor: k.colour, ink: k.ink, label: k.label });
      mark.bindPopup(() => told(p.name, `${english ? "observed" : "観測"} ${k.text}${p.intensity === null ? "" : ` (${p.intensity.toFixed(1)})`}`));
      return { mark, rank: k.rank, whole: k.rank, frames: p.frames, seconds: p.seconds ?? 0, lat, lon };
    });
    // the strongest last, so that nothing hides it
    stations.push(...found.sort((a, b) => a.rank - b.rank));
    for (const each of data.silent) {
      const mark = new Station([each.latitude, each.longitude], { radius: 6, silent: true });
      mark.bindPopup(() => told(each.name, english ? `silent; ${each.expected.toFixed(1)} expected` : `未入電。推計 ${each.expected.toFixed(1)}`));
      stations.push({ mark, rank: -1, whole: -1, seconds: 0, lat: each.latitude, lon: each.longitude });
    }
    show();
    const strong = found.filter((s) => s.rank >= 5 && edges.contains(s));
    if (strong.length) map.fitBounds(L.latLngBounds(strong.map((s) => [s.lat, s.lon])).pad(0.4), { maxZoom: 9 });
    const last = Math.ceil(Math.max(0, ...stations.map((s) => s.seconds)));
    const slider = document.getElementById("time"), said = document.getElementById("time-said");
    if (data.frames.length) {
      slider.max = data.frames.length;
      slider.value = slider.max;
      const move = () => {
        const at = Number(slider.value), whole = at >= data.frames.length;
        moment = whole ? -1 : at;
        said.textContent = whole ? (english ? "all" : "すべて") : data.frames[at];
        slider.setAttribute("aria-valuetext", said.textContent);
        estimate.setUrl(whole ? data.tiles : data.frame_tiles.replace("{f}", at));
        box.dataset.moment = moment;
        show();
      };
      slider.addEventListener("input", move);
      said.textContent = english ? "all" : "すべて";
      document.getElementById("time-field").hidden = false;
    } else if (last > 0) {
      slider.max = Math.min(last, 600); // first: a value above the old one would be cut
      slider.value = slider.max;
      const move = () => {
        const whole = Number(slider.value) >= Number(slider.max);
        until = whole ? Infinity : Number(slider.value);
        const words = english ? [`${slider.value} s after the first`, "all"] : [`最初から ${slider.value} 秒`, "すべて"];
        said.textContent = words[whole ? 1 : 0];
        slider.setAttribute("aria-valuetext", said.textContent);
        show();
      };
      slider.addEventListener("input", move);
      move();
      document.getElementById("time-field").hidden = false;
    }
    box.dataset.loaded = stations.length;
  });
  map.on("zoomend", resize);
  document.getElementById("show-stations").addEventListener("change", show);
  document.getElementById("show-estimate").addEventListener("change", ({ target }) => { if (target.checked) map.addLayer(estimate); else map.removeLayer(estimate); });
  addEventListener("beforeprint", () => map.invalidateSize());
})();
