// The page answers by itself: a question from the field, the list or the drawing is computed here on the plan's graph
// (whatif-kernel.js), at once and without the server. After each answer the server is asked whether the plan is still
// the same; where it is not, the new one is taken and the question answered again. Without this file, pages do it.
"use strict";
(() => {
  const box = document.getElementById("answer");
  const parts = document.getElementById("answer-parts");
  if (!box || !parts) return;
  const drawings = document.getElementById("drawings");
  const rules = JSON.parse(parts.dataset.rules); // computing.py: what the server goes by as well
  const part = (selector) => parts.content.querySelector(selector).cloneNode(true);
  const filled = (text, n) => text.replace("{n}", n);
  const hours = (n) => String(Number(n.toPrecision(4)));
  let graph = null, tag = "", loading = null;

  const load = async () => {
    const answer = await fetch(box.dataset.graph, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
    if (answer.status === 304) return false;
    if (!answer.ok) throw new Error(`graph ${answer.status}`);
    tag = answer.headers.get("ETag") || "";
    graph = whatIf.compiled(await answer.json());
    graph.called = new Map();
    for (const item of graph.items) {
      for (const word of [item[3], item[2], item[1], item[4]]) {
        if (word && !graph.called.has(word)) graph.called.set(word, item);
      }
    }
    graph.of = new Map(graph.items.map((item) => [item[1], item[0]]));
    return true;
  };

  const find = (word) => {
    if (graph.called.has(word)) return graph.called.get(word);
    const some = graph.items.filter((item) => item[3].includes(word));
    return some.length === 1 ? some[0] : null;
  };

  const named = (nodes) => [...new Set(nodes.map((i) => graph.label[i]))].join("、");

  const row = (pattern, answer, node) => {
    const made = pattern.cloneNode(true);
    const [what, kind, because] = made.children;
    what.textContent = graph.label[node];
    const word = graph.kinds[graph.kind[node]];
    kind.textContent = graph.words[word] ?? word;
    because.textContent = named(whatIf.causes(graph, node, answer));
    return made;
  };

  const stageOf = (pattern, answer, stage, all) => {
    const made = pattern.cloneNode(true), heading = made.querySelector("h2"), body = made.querySelector("tbody");
    const title = stage.hours ? filled(parts.dataset.after, hours(stage.hours)) : parts.dataset.now;
    heading.firstChild.textContent = `${title} `;
    heading.querySelector(".quiet").textContent = filled(parts.dataset.count, stage.nodes.length);
    made.querySelector(".scroll").setAttribute("aria-label", title);
    const line = body.firstElementChild, shown = all || stage.nodes.length <= rules.all ? stage.nodes : stage.nodes.slice(0, rules.first);
    body.replaceChildren(...shown.map((node) => row(line, answer, node)));
    const more = made.querySelector(".more"), rest = stage.nodes.length - shown.length;
    if (!rest) more.remove();
    else {
      more.firstChild.textContent = filled(parts.dataset.more, rest);
      more.firstChild.href = `?${new URLSearchParams([...answer.nodes.map((i) => ["lost", graph.label[i]]), ["all", "1"]])}`;
      more.firstChild.addEventListener("click", (event) => {
        event.preventDefault();
        made.replaceWith(stageOf(pattern, answer, stage, true));
      });
    }
    return made;
  };

  const show = (answer, unknown) => {
    const made = unknown.map((word) => {
      const said = part(".said.error");
      said.textContent = said.textContent.replace("{word}", word);
      return said;
    });
    const lead = part(".lead");
    const strong = lead.querySelector("strong");
    strong.textContent = answer.nodes.map((node) => graph.label[node]).join("、");
    if (!answer.stages.length) lead.append(` ${parts.dataset.none}`);
    const tiles = part(".tiles");
    const counts = new Map();
    for (const { nodes } of answer.stages) for (const i of nodes) counts.set(graph.kind[i], (counts.get(graph.kind[i]) || 0) + 1);
    const count = (kind) => counts.get(graph.kinds.indexOf(kind)) || 0;
    [count("system"), count("service"), count("reach"), answer.told.size].forEach((n, place) => {
      tiles.children[place].className = n ? "alarm" : "";
      tiles.children[place].querySelector(".number").textContent = n;
    });
    if (answer.nodes.length) made.push(lead, tiles);
    const pattern = parts.content.querySelector(".stage");
    made.push(...answer.stages.map((stage) => stageOf(pattern, answer, stage, false)));
    if (answer.nodes.length && answer.told.size) {
      const tells = part(".tells"), list = tells.querySelector("ul"), line = list.firstElementChild;
      list.replaceChildren(...[...answer.told].map(([who, of]) => {
        const one = line.cloneNode(true), rest = of.length - rules.named;
        one.querySelector("strong").textContent = graph.who[who];
        one.querySelector(".quiet").textContent =
          of.slice(0, rules.named).map((i) => graph.label[i]).join("、") + (rest > 0 ? ` +${rest}` : "");
        return one;
      }));
      made.push(tells);
    }
    box.replaceChildren(...made);
  };

  // The drawing of the whole plan lights up. One of a part belongs to its question, and one with things that are no
  // more in the plan to an earlier plan: these are drawn again when asked for.
  const light = (answer) => {
    const drawn = [...drawings.querySelectorAll("a.node, path.edge")].flatMap((one) => [one.dataset.key, one.dataset.line]);
    if ("part" in drawings.dataset || drawn.some((key) => key && !graph.of.has(key))) {
      drawings.dataset.part = "";
      const again = document.createElement("a");
      again.className = "button";
      again.href = `?${new URLSearchParams(answer.nodes.map((i) => ["lost", graph.label[i]]))}#needs`;
      again.textContent = drawings.dataset.again;
      drawings.replaceChildren(again);
      return;
    }
    const cut = new Set(answer.stages.flatMap((s) => s.nodes).filter((i) => graph.kind[i] === graph.reach).map((i) => graph.site[i]));
    const state = (i) => {
      if (answer.lost[i] === 0) return ["lost", parts.dataset.lost];
      if (answer.stops[i] === 0) return ["now", parts.dataset.stops];
      if (answer.stops[i] !== Infinity) return ["later", filled(parts.dataset.later, hours(answer.stops[i]))];
      return cut.has(i) ? ["cut", parts.dataset.cut] : ["", ""];
    };
    const marked = new Map();
    for (const link of drawings.querySelectorAll("a.node")) {
      const node = graph.of.get(link.dataset.key), [name, word] = state(node);
      marked.set(link.dataset.key, name);
      link.classList.remove("lost", "now", "later", "cut");
      if (name) link.classList.add(name);
      link.querySelector("tspan").textContent = rules.signs[name];
      const said = `${graph.label[node]} ${word}`.trim();
      link.setAttribute("aria-label", said);
      link.querySelector("title").textContent = said;
    }
    for (const edge of drawings.querySelectorAll("path.edge")) {
      const { line, a, b } = edge.dataset;
      edge.classList.toggle("lit", line ? answer.stops[graph.of.get(line)] !== Infinity : Boolean(marked.get(a) && marked.get(b)));
    }
  };

  // What was asked of, or the first thing, is in the middle of what is seen of a drawing; the page itself stays.
  const turn = () => {
    for (const box of drawings?.querySelectorAll(".drawing") || []) {
      const node = (box.querySelector("a.lost") || box.querySelector("a.node"))?.getBoundingClientRect();
      const seen = box.getBoundingClientRect();
      if (!node) continue;
      box.scrollLeft += node.left - seen.left - (seen.width - node.width) / 2;
      box.scrollTop += node.top - seen.top - (seen.height - node.height) / 2;
    }
  };

  const asked = (query) => {
    const said = query.getAll("lost").flatMap((text) => text.split(/[、，,\n]/)).map((word) => word.trim());
    const words = [...new Set(said)].filter(Boolean).slice(0, rules.asked);
    const found = words.map((word) => [word, find(word)]);
    const items = found.map(([, item]) => item).filter((item) => item && item[0] >= 0);
    return { items: [...new Map(items.map((item) => [item[0], item])).values()], unknown: found.filter(([, item]) => !item).map(([word]) => word) };
  };

  const answerTo = (query) => {
    performance.mark("asked");
    const { items, unknown } = asked(query);
    const answer = whatIf.ask(graph, items.map((item) => item[0]));
    show(answer, unknown);
    light(answer);
    document.getElementById("lost").value = items.map((item) => item[2] || item[3]).join("、");
    for (const tick of document.querySelectorAll(".ticks input")) tick.checked = items.some((item) => item[1] === tick.value);
    performance.measure("what-if", "asked"); // bench/continuity_page.py reads it
  };

  // The answer first; then the address of the page, and whether the plan is still what the server has.
  const ask = async (address, push) => {
    const query = new URL(address, location.href).searchParams;
    try {
      if (!graph) await (loading ??= load());
      answerTo(query);
      setTimeout(async () => {
        turn();
        if (push) history.pushState(null, "", address);
        try { if (await load()) answerTo(query); } catch { /* the answer is that of the plan as it was loaded */ }
      });
    } catch {
      location.assign(address); // the server answers as it did before
    } finally {
      loading = null;
    }
  };

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.ask")) return;
    event.preventDefault();
    ask(`?${new URLSearchParams(new FormData(event.target))}`, true);
  });
  drawings?.addEventListener("click", (event) => {
    const link = event.target.closest("a.node");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    ask(`?lost=${encodeURIComponent(link.dataset.key)}`, true);
  });
  for (const button of drawings?.querySelectorAll("[data-whole]") || []) {
    const box = document.querySelector(`[aria-labelledby="${button.dataset.whole}"].drawing`);
    const fits = () => { button.hidden = !box.classList.contains("whole") && box.scrollWidth <= box.clientWidth + 1; };
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(box.classList.toggle("whole")));
      turn();
    });
    addEventListener("resize", fits);
    fits();
  }
  turn();
  addEventListener("popstate", () => {
    if (location.search) ask(location.search, false);
    else location.reload();
  });
  loading = load().catch(() => { loading = null; });
})();
