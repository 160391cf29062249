// A team's dwellings on a tablet: the list, one sheet at a time, the ratio as it grows, photographs. Everything typed is
// kept in this browser at once (IndexedDB), so it survives the tab; sheets that the network did not take are sent later,
// each once and with how long ago it was made. What the town refuses stays here, with the reason.
"use strict";
(() => {
  const english = document.documentElement.lang === "en", say = (ja, en) => (english ? en : ja);
  const { base } = document.body.dataset, WAIT = 5000, PATIENCE = 60000, ROMAN = ["", "I", "II", "III", "IV", "V"];
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const list = document.getElementById("list"), box = document.getElementById("sheet-box"), form = document.getElementById("sheet");
  const at = (id) => document.getElementById(id);
  const sync = document.querySelector("[data-sync]"), away = document.querySelector("[data-away]"), complaint = document.querySelector("[data-complaint]");
  const tell = (text) => { complaint.textContent = text; complaint.hidden = !text; };
  const el = (name, props = {}, ...inside) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(props)) if (key in made) made[key] = value; else made.setAttribute(key, value);
    made.append(...inside);
    return made;
  };
  const newId = () => {
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64; b[8] = (b[8] & 63) | 128;
    const h = [...b].map((n) => n.toString(16).padStart(2, "0")).join("");
    return [h.slice(0, 8), h.slice(8, 12), h.slice(12, 16), h.slice(16, 20), h.slice(20)].join("-");
  };

  // --- what is kept: drafts by survey, and sheets that wait, in the order in which they were made
  const opened = new Promise((done, failed) => {
    const asked = indexedDB.open("tomoshibi-field", 1);
    asked.onupgradeneeded = () => { asked.result.createObjectStore("drafts", { keyPath: "key" }); asked.result.createObjectStore("waiting", { keyPath: "id" }); };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
  const within = async (store, mode, act) => {
    const held = (await opened).transaction(store, mode), answer = act(held.objectStore(store));
    return new Promise((done, failed) => { held.oncomplete = () => done(answer?.result); held.onabort = () => failed(held.error); });
  };
  const keyOf = (survey) => `${base}#${survey}`;
  const draftOf = (survey) => within("drafts", "readonly", (s) => s.get(keyOf(survey)));
  const put = (store, value) => within(store, "readwrite", (s) => s.put(value));
  const drop = (store, key) => within(store, "readwrite", (s) => s.delete(key));
  const waiting = async () => (await within("waiting", "readonly", (s) => s.getAll())).filter((w) => w.base === base).sort((a, b) => a.at - b.at);

  // --- the list
  const sent = new Set();
  async function show() {
    const held = await waiting(), drafts = new Set((await within("drafts", "readonly", (s) => s.getAllKeys())));
    const unsent = held.filter((w) => !w.refused).length, refused = held.length - unsent;
    sync.textContent = [unsent ? say(`未送信 ${unsent}`, `Unsent ${unsent}`) : "", refused ? say(`受け付けられなかった調査票 ${refused}`, `Refused ${refused}`) : ""].filter(Boolean).join(" ") || (sent.size ? say("送信済み", "All sent") : "");
    sync.classList.toggle("unsent", held.length > 0);
    let left = 0;
    for (const card of list.querySelectorAll("[data-survey]")) {
      const mine = held.find((w) => w.survey === card.dataset.survey), state = card.querySelector(".state");
      const done = "done" in card.dataset || sent.has(card.dataset.survey);
      state.textContent = mine ? (mine.refused ? say("受け付けられません", "refused") : say("未送信", "unsent")) : done ? say("調査済み", "surveyed") : drafts.has(keyOf(card.dataset.survey)) ? say("下書き", "draft") : say("これから", "to do");
      state.className = `state mark ${mine?.refused ? "need" : mine ? "warn" : ""}`;
      card.querySelector(".reason").textContent = mine?.refused || "";
      card.classList.toggle("over", Boolean(done || (mine && !mine.refused)));
      if (!done && !mine) left += 1;
    }
    at("left").textContent = left;
  }

  // --- one sheet
  let open = null, draft = null;
  const rulesOf = (card, method) => figures.rules[card.dataset.day]?.[method];
  const values = () => Object.fromEntries(new FormData(form));

  const number = (id, label, name, value, help = "") => el("p", { className: "field" }, el("label", { htmlFor: id }, label), el("input", { id, name, inputMode: "decimal", className: "figure", value: value ?? "", autocomplete: "off" }), help ? el("span", { className: "help" }, help) : "");
  const tick = (name, label, on) => el("label", { className: "check" }, el("input", { type: "checkbox", name, value: "1", checked: Boolean(on) }), ` ${label}`);
  const choice = (id, name, label, options, value) => el("p", { className: "field" }, el("label", { htmlFor: id }, label), el("select", { id, name }, ...options.map(([v, text]) => el("option", { value: v, selected: v === value }, text))));

  function parts(rules, given) {
    const made = rules.under ? [] : [tick("collapsed", say("一見して全部が倒壊・流失・埋没・焼失、または一階分が倒壊", "At sight the whole is fallen, gone, buried or burnt, or a whole storey fallen"), given.collapsed)];
    const classOf = (ratio) => rules.floors.find(([floor]) => ratio >= floor)?.[1] || rules.partial;
    if (rules.tilts.length) made.push(number("tilt", say("傾斜: 1,200 mmの下げ振りのずれの平均（mm）", "Tilt: mean shift over a 1,200 mm plumb line (mm)"), "tilt_mm", given.tilt_mm, rules.tilts.map(([n, d, r]) => `${(n * rules.plumb) / d} mm (${n}/${d}): ${classOf(r)}`).join(say("、", "; "))));
    if (rules.settled.length) made.push(number("settled", say("最大の沈下または杭の露出（cm）", "Greatest settlement, or bare pile (cm)"), "settled_cm", given.settled_cm, rules.settled.map(([n, d, cm, r]) => say(`傾斜 ${n}/${d} 以上で ${cm} cm以上: ${classOf(r)}`, `${cm} cm or more at a tilt of ${n}/${d} or more: ${classOf(r)}`)).join("; ")));
    if (Object.keys(rules.sinks).length) made.push(choice("sunk", "sunk", say("潜り込み（住家の全部がここまで地盤面下）", "Sunk: all of it lies below the ground"), [["", say("なし", "no")], ...Object.keys(rules.sinks).map((s) => [s, figures.sunk[s]])], given.sunk || ""));
    if (rules.under) made.push(tick("agreed", say("所有者が写真による判定に同意した", "The owner agreed to a judgement by photographs"), given.agreed));
    if (rules.depths.length) {
      made.push(number("depth", say("床上の浸水深（cm、床下は0）", "Depth above the floor (cm; below it: 0)"), "depth_cm", given.depth_cm));
      made.push(el("div", { className: "depths" }, ...[...[...new Set([...rules.depths, ...rules.calm].map(([d]) => d))].sort((a, b) => b - a).map((d) => [d, say(`${d} cm以上`, `${d} cm or more`)]), [0, say("床下", "below the floor")]].map(([value, text]) => el("button", { type: "button", "data-set": "depth", "data-value": value }, text))));
      made.push(choice("force", "force", say("水流などの外力による損傷", "Visible damage by the water's force"), [["1", say("ある", "yes")], ["0", rules.calm.length ? say("ない（内水など）", "no (inland flood)") : say("ない（部位の調査票で調べる）", "no (survey by part)")]], given.force || "1"));
    }
    for (const [part, label, weight] of rules.parts) {
      const degrees = el("div", { className: "degrees" });
      for (let n = 1; n <= 5; n += 1) {
        const name = `${part}-${n}`, said = `${label} ${say("程度", "degree")} ${ROMAN[n]}`;
        degrees.append(el("div", { className: "degree" }, el("button", { type: "button", className: `d${n}`, "data-add": name, "aria-label": `${said} +10 %` }, ROMAN[n]), el("input", { name, id: name, inputMode: "decimal", value: given[name] ?? "", placeholder: "%", autocomplete: "off", "aria-label": `${said} (%)` })));
      }
      degrees.append(el("button", { type: "button", className: "clear", "data-clear": "", "aria-label": `${label} ${say("を消す", "cleared")}` }, "×"));
      made.push(el("fieldset", { className: "part" }, el("legend", {}, `${label} `, el("span", { className: "quiet" }, `${weight} %`)), degrees));
    }
    return made;
  }

  const PROBLEMS = {
    fallen: say("倒壊した住家は自己判定できません。", "A fallen house cannot be judged by its owner."),
    agree: say("所有者の同意が必要です。", "The owner has to agree."),
    tilt: say("傾斜を確かめてください。", "Check the tilt."),
    settled: say("沈下・露出を確かめてください。", "Check the settlement."),
    depth: say("床上の浸水深を入れてください（床下なら0）。", "Enter the depth above the floor (0: below it)."),
    force: say("外力による損傷がない床上浸水は、部位の調査票を使ってください。", "Without damage by the water's force, use the sheet by part."),
    ground: say("傾斜か潜り込みを入れてください。", "Enter the tilt, or how far it has sunk."),
    share: say("割合の合計が100 %を超えています: ", "The shares pass 100 %: "),
  };
  const WHY = {
    photographs: () => say("写真により、所有者の同意を得て", "By photographs, agreed with the owner"),
    fallen: () => say("一見して全部が倒壊・流失・埋没・焼失、または一階分が倒壊", "At sight the whole is fallen, gone, buried or burnt, or a whole storey fallen"),
    below: () => say("浸水は床下まで", "The water stayed below the floor"),
    depth: (force) => say(`床上浸水・外力による損傷${force ? "あり" : "なし"}`, `Water above the floor, ${force ? "with" : "without"} damage by its force`),
    tilt: (floor) => say(`傾斜が ${floor} 以上`, `The tilt is ${floor} or more`),
    settled: (floor, cm) => say(`傾斜が ${floor} 以上で、沈下・露出が ${cm} cm以上`, `The tilt is ${floor} or more, and the settlement ${cm} cm or more`),
    sunk: (how) => say(`${figures.sunk[how]}地盤面下に潜り込んでいる`, `It has sunk ${figures.sunk[how]}`),
    level: () => say("傾斜は基準に達せず、潜り込みもない", "The tilt decides nothing, and nothing has sunk"),
    whole: () => say("どの部位にも損傷がない", "No part is damaged"),
  };
  // the house in the middle: how badly each part of the picture is hurt, as sheet_form.drawn has it
  const OF = { roof: ["roof"], foundation: ["foundation"], wall: ["wall", "outer-wall", "column", "other-wall", "outer-finish"], inside: ["inner-wall", "floor", "ceiling", "fittings", "equipment", "floor-beam", "inner-finish"] };
  function draw(fields, found) {
    const gone = found.least && found.total >= 50e8, share = (name) => parseFloat(String(fields[name] || "").normalize("NFKC")) > 0;
    for (const [piece, parts_] of Object.entries(OF)) {
      const worst = gone ? 6 : [5, 4, 3, 2, 1].find((degree) => parts_.some((part) => share(`${part}-${degree}`))) || 0;
      for (const shape of document.querySelectorAll(`.house [data-of="${piece}"]`)) shape.setAttribute("class", `d${worst}`);
    }
    const water = document.querySelector(".house .water"), depth = parseFloat(String(fields.depth_cm ?? "").normalize("NFKC")), wet = depth >= 0;
    const height = depth === 0 ? 8 : Math.min(12 + (depth / 240) * 70, 120);
    water.setAttribute("visibility", wet ? "visible" : "hidden");
    if (wet) { water.setAttribute("y", 162 - height); water.setAttribute("height", height); }
  }
  function grown() {
    const card = open, rules = rulesOf(card, form.elements.method.value), found = damage.assess(rules, values());
    const ratio = at("ratio"), bar = ratio.querySelector("progress");
    ratio.querySelector(".number").textContent = found.problem ? "―" : found.under ? say(`${found.under} % 未満`, `below ${found.under} %`) : `${found.text} %${found.least ? say("以上", " or more") : ""}`;
    ratio.querySelector("strong").textContent = found.problem ? "" : found.named;
    bar.value = found.problem ? 0 : Math.min(100, found.total / 1e8);
    ratio.querySelector(".why").textContent = found.problem ? PROBLEMS[found.problem] + (found.label || "") : found.parts.length ? found.parts.map(([label, points]) => `${label} ${points}`).join(say("＋", " + ")) : WHY[found.why[0]](...found.why.slice(1));
    ratio.classList.toggle("wrong", Boolean(found.problem));
    draw(values(), found);
    return found;
  }

  async function thumbs() {
    const shown = await Promise.all(draft.photos.map(async ({ blob }, n) => {
      const canvas = el("canvas", { width: 160, height: 120, role: "img", "aria-label": `${say("写真", "Photograph")} ${n + 1}` });
      let untold = null;
      try {
        const image = await createImageBitmap(blob), by = Math.max(160 / image.width, 120 / image.height);
        canvas.getContext("2d").drawImage(image, (160 - image.width * by) / 2, (120 - image.height * by) / 2, image.width * by, image.height * by);
      } catch { untold = el("span", { class: "quiet" }, say("この端末では表示できません。送ると読み取られます。", "Cannot be shown here. It is read when it is sent.")); }
      const away_ = el("button", { type: "button" }, say(`写真${n + 1}を外す`, `Remove ${n + 1}`));
      away_.addEventListener("click", () => { draft.photos.splice(n, 1); keep(); thumbs(); });
      return el("li", {}, ...(untold ? [untold] : [canvas]), away_);
    }));
    at("photos").replaceChildren(...shown);
  }

  let writing = Promise.resolve();
  const keep = () => {
    if (!open) return;
    Object.assign(draft, { fields: values(), at: Date.now() });
    const value = { ...draft, photos: [...draft.photos] };
    writing = writing.then(() => put("drafts", value)).catch(() => tell(say("この端末に保存できません。空きを増やしてください。", "This tablet cannot keep it. Make room on it.")));
  };
  // as sheet_form.misfit has it
  function misfit({ wooden, storeys }, { structure, storeys: known }) {
    if (wooden !== null && ["wooden", "other"].includes(structure) && wooden !== (structure === "wooden")) return say("この住家の台帳の構造と調査票が合いません。調査票か台帳を確かめてください。", "The sheet does not fit the building's structure in the register: check either.");
    if (storeys && Number(known) > storeys) return say(`この調査票は${storeys}階建てまでのものです。部位の調査票を使うか、台帳を直してください。`, `This sheet is for up to ${storeys} storeys. Use the sheet by part, or correct the register.`);
    return "";
  }
  const choose = (method) => {
    const rules = rulesOf(open, method), wrong = misfit(rules, open.dataset);
    at("parts").replaceChildren(...parts(rules, draft.fields));
    at("misfit").textContent = wrong; at("misfit").hidden = !wrong;
    at("unsure").hidden = rules.sure;
    grown();
  };

  // which sheet this team used last where this one was proposed: a street is hit by one thing. Not the owner's own
  // judgement, which somebody has to agree to each time.
  const SHEETS = "tomoshibi-field-sheets";
  const sheets = () => { try { return JSON.parse(localStorage.getItem(SHEETS)) || {}; } catch { return {}; } };
  const usual = (proposed, chosen) => {
    if (chosen === "self-judged") return;
    try { localStorage.setItem(SHEETS, JSON.stringify({ ...sheets(), [proposed]: chosen })); } catch { /* then it is chosen again */ }
  };

  async function start(card) {
    open = card;
    draft = (await draftOf(card.dataset.survey)) || { key: keyOf(card.dataset.survey), id: newId(), fields: {}, photos: [] };
    const known = figures.rules[card.dataset.day], last = sheets()[card.dataset.method];
    const method = [draft.fields.method, last].find((one) => known[one]) || card.dataset.method;
    at("method").replaceChildren(...Object.values(known).map((r) => el("option", { value: r.method, selected: r.method === method }, r.label)));
    at("about").textContent = card.querySelector(".address").textContent;
    at("more").textContent = card.querySelector(".told").textContent;
    at("danger").replaceChildren(...[...card.querySelectorAll(".risk")].map((risk) => risk.cloneNode(true)));
    form.elements.surveyors.value = draft.fields.surveyors ?? form.dataset.surveyors;
    choose(method);
    await thumbs();
    list.hidden = true; box.hidden = false;
    at("about").focus();
    scrollTo(0, 0);
  }
  async function close() {
    await writing;
    open = null; box.hidden = true; list.hidden = false;
    await show();
  }

  form.addEventListener("input", (event) => { if (event.target.id !== "photo") { grown(); keep(); } });
  at("method").addEventListener("change", (event) => { draft.fields = values(); choose(event.target.value); keep(); });
  at("photo").addEventListener("change", async (event) => {
    for (const file of [...event.target.files].slice(0, 20 - draft.photos.length)) {
      draft.photos.push({ blob: await smaller(file), name: file.name, taken: new Date(file.lastModified || Date.now()).toISOString() });
    }
    event.target.value = "";
    keep(); await thumbs();
  });
  at("back").addEventListener("click", () => { history.length > 1 && location.hash ? history.back() : close(); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const found = grown(), self = found.under && !draft.photos.length;
    const wrong = found.problem ? PROBLEMS[found.problem] + (found.label || "") : !form.elements.surveyors.value.trim() ? say("調査員の氏名を入れてください。", "Enter who surveyed.") : self ? say("写真を添えてください。", "Add photographs.") : "";
    at("wrong").textContent = wrong; at("wrong").hidden = !wrong;
    if (wrong) return;
    keep(); await writing;
    usual(open.dataset.method, draft.fields.method);
    try {
      await put("waiting", { id: draft.id, base, survey: open.dataset.survey, at: Date.now(), fields: draft.fields, photos: draft.photos });
      await drop("drafts", draft.key);
    } catch { tell(say("この端末に保存できません。空きを増やしてください。", "This tablet cannot keep it. Make room on it.")); return; }
    if (location.hash) history.replaceState(null, "", location.pathname);
    await close();
    send();
  });
  list.addEventListener("click", async (event) => {
    const card = event.target.closest("[data-survey]");
    if (!card || !event.target.closest("a.address")) return;
    event.preventDefault();
    const mine = (await waiting()).find((w) => w.survey === card.dataset.survey);
    if (mine && !mine.refused) return; // on its way
    if (mine) { // refused: to be corrected, under a new id
      await put("drafts", { key: keyOf(mine.survey), id: newId(), fields: mine.fields, photos: mine.photos, at: mine.at });
      await drop("waiting", mine.id);
    }
    location.hash = card.dataset.survey;
  });
  const route = async () => {
    const card = location.hash && list.querySelector(`[data-survey="${CSS.escape(location.hash.slice(1))}"]`);
    if (card) await start(card); else if (open) await close();
  };
  addEventListener("hashchange", route);

  // --- sending
  let sending = false, timer = 0;
  const pages = keeping(base, [""]);
  async function send() {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    let some = false, stuck = false;
    for (const one of await waiting()) {
      if (one.refused) continue;
      const body = new FormData();
      for (const [name, value] of Object.entries(one.fields)) if (name !== "csrfmiddlewaretoken") body.append(name, value);
      for (const { blob, name, taken } of one.photos) { body.append("photo", blob, name || "photo.jpg"); body.append("taken", taken); }
      body.append("survey", one.survey); body.append("id", one.id); body.append("ago", Math.max(0, (Date.now() - one.at) / 1000));
      const token = form.elements.csrfmiddlewaretoken?.value;
      if (token) body.append("csrfmiddlewaretoken", token);
      let answer;
      try {
        answer = await fetch(base, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE), redirect: "error" });
        away.hidden = true;
      } catch { away.hidden = false; stuck = true; break; }
      const told = answer.ok ? "" : (await answer.json().catch(() => ({}))).text;
      if (answer.status >= 500 || answer.status === 429) { stuck = true; break; }
      if (!answer.ok && !told) { // the link has run out, or nobody is signed in: it waits for a page that may
        tell(say("送れません。サインインし直すか、新しいリンクで開いてください。調査票はこの端末に残っています。", "It cannot be sent: sign in again, or open a new link. The sheets are kept in this tablet."));
        stuck = true; break;
      }
      if (answer.ok) { await drop("waiting", one.id); sent.add(one.survey); some = true; } else await put("waiting", { ...one, refused: told });
      await show();
    }
    sending = false;
    if (stuck) timer = setTimeout(send, WAIT);
    await show();
    if (some) pages.hold(true);
  }
  addEventListener("online", send);
  addEventListener("offline", () => { away.hidden = false; });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
  document.querySelector("[data-wipe]").addEventListener("click", async (event) => { await pages.wipe("field"); event.target.nextElementSibling.hidden = false; });

  opened.then(async () => { await show(); await route(); document.body.dataset.ready = "1"; send(); pages.hold(); },
    () => tell(say("この端末のブラウザーは記録を残せません。電波のあるところで、事務所の調査票を使ってください。", "This browser cannot keep anything. Use the sheet of the office, where there is a network.")));
})();
