// Cards on the phone: found by name, handed over with a signature by finger, and what waits is marked where it stands.
(() => {
  "use strict";
  const WIDTH = 300, HEIGHT = 100, LONGEST = 6000;
  const find = document.getElementById("find"), cards = () => document.querySelectorAll(".card[data-resident]");
  const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/\s/g, "")
    .replace(/[\u30a1-\u30f6]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60)); // katakana reads as hiragana
  const seek = () => {
    const word = plain(find.value);
    let found = 0;
    for (const card of cards()) {
      card.hidden = Boolean(word) && !plain(card.dataset.name).includes(word);
      found += !card.hidden;
    }
    document.querySelector("[data-none]").hidden = found > 0;
  };
  find?.addEventListener("input", seek);

  const sign = (form) => {
    const pad = form.querySelector("canvas"), kept = form.querySelector("[name=signature]");
    if (pad.dataset.ready) return;
    pad.dataset.ready = "1";
    pad.closest("[data-pad]").hidden = false;
    const pen = pad.getContext("2d"), lines = [];
    const scale = Math.min(3, devicePixelRatio || 1);
    pad.width = WIDTH * scale; pad.height = HEIGHT * scale;
    const draw = () => {
      pen.setTransform(scale, 0, 0, scale, 0, 0);
      pen.clearRect(0, 0, WIDTH, HEIGHT);
      pen.lineWidth = 2; pen.lineCap = pen.lineJoin = "round"; pen.strokeStyle = "#000";
      for (const line of lines) {
        pen.beginPath();
        line.forEach(([x, y], n) => n ? pen.lineTo(x, y) : pen.moveTo(x, y));
        if (line.length === 1) pen.lineTo(line[0][0] + 0.1, line[0][1]);
        pen.stroke();
      }
    };
    const told = () => lines.map((line) => line.map((at) => at.join(",")).join(" ")).join(";");
    const at = (event) => {
      const box = pad.getBoundingClientRect();
      const within = (n, most) => Math.max(0, Math.min(most, Math.round(n)));
      return [within((event.clientX - box.left) / box.width * WIDTH, WIDTH), within((event.clientY - box.top) / box.height * HEIGHT, HEIGHT)];
    };
    pad.addEventListener("pointerdown", (event) => {
      pad.setPointerCapture(event.pointerId);
      lines.push([at(event)]);
      draw();
    });
    pad.addEventListener("pointermove", (event) => {
      const line = lines.at(-1), [x, y] = at(event);
      if (!pad.hasPointerCapture(event.pointerId) || !line || told().length > LONGEST - 20) return;
      if (Math.hypot(x - line.at(-1)[0], y - line.at(-1)[1]) < 2) return;
      line.push([x, y]);
      draw();
    });
    pad.addEventListener("pointerup", () => { kept.value = told(); });
    form.querySelector("[data-clear]").addEventListener("click", () => { lines.length = 0; kept.value = ""; draw(); });
    draw();
  };
  document.addEventListener("toggle", (event) => {
    if (!event.target.open || !event.target.matches("details.hand")) return;
    const form = event.target.querySelector("form"), by = form.querySelector("[name=by]");
    by.value ||= taps.who().name;
    sign(form);
  }, true);

  // who takes the person home is asked for now: later, when the town could ask, the family has gone
  document.addEventListener("submit", (event) => {
    const form = event.target, data = form.matches(".hand form") && new FormData(form);
    if (!data || data.get("contact") || (data.get("to").trim() && data.get("relation").trim())) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const field = form.querySelector(data.get("to").trim() ? "[name=relation]" : "[name=to]");
    field.setCustomValidity(form.dataset.lacks);
    field.reportValidity();
    form.addEventListener("input", () => field.setCustomValidity(""), { once: true });
  }, true);

  taps.onshow.push((waiting) => {
    for (const tap of [...taps.taken, ...waiting]) {
      const data = new URLSearchParams(tap.body);
      const card = data.get("identity") && document.getElementById(`r-${data.get("resident")}`);
      if (!card) continue;
      card.classList.add("waiting");
      card.dataset.waiting = `${card.dataset.handed} ${waiting.includes(tap) ? taps.sync.dataset.unsent : taps.sync.dataset.sent}`;
    }
  });

  // whoever comes from the head-count wants this person's form
  const open = () => {
    const card = location.hash.startsWith("#r-") && document.getElementById(location.hash.slice(1));
    const form = card && card.querySelector("details.hand");
    if (form) { form.open = true; card.scrollIntoView(); }
  };
  addEventListener("hashchange", open);
  open();
})();
