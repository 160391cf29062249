// What stops, and when, where something of the plan is lost: the rules of graph.py and whatif.py on the arrays that
// in_page.py sends, so that a page answers by itself. Nothing here knows of the page.
"use strict";
const whatIf = (() => {
  const NEVER = Infinity;

  // The hour at which each node stops; lost: the hour at which each is lost of its own accord.
  const stopTimes = (g, lost) => {
    const count = lost.length, found = new Float64Array(count);
    const { order, group_start, member_start, members, hold, network, hub, around_start, around_link, around_joint } = g;
    for (const step of order) {
      if (step >= 0) {
        let first = NEVER;
        for (let group = group_start[step]; group < group_start[step + 1]; group++) {
          let last = -NEVER;
          for (let m = member_start[group]; m < member_start[group + 1]; m++) {
            const hours = found[members[m]];
            if (hours > last) last = hours;
          }
          if (last < first) first = last;
        }
        first += hold[step];
        found[step] = first < lost[step] ? first : lost[step];
        continue;
      }
      // a network: the widest path from its hubs, where a path is as wide as its first part that stops
      const reached = new Map(), queue = [];
      for (let joint = 0; joint < count; joint++) {
        if (network[joint] !== -1 - step) continue;
        reached.set(joint, hub[joint] ? found[joint] : 0);
        if (hub[joint]) queue.push(joint);
      }
      while (queue.length) {
        const joint = queue.shift();
        for (let i = around_start[joint]; i < around_start[joint + 1]; i++) {
          const other = around_joint[i];
          const width = Math.min(reached.get(joint), found[around_link[i]], found[other]);
          if (width > reached.get(other)) {
            reached.set(other, width);
            if (!queue.includes(other)) queue.push(other);
          }
        }
      }
      for (const [joint, hours] of reached) found[joint] = hours;
    }
    return found;
  };

  // Arrays made ready once: typed, with the hours of a plan of which nothing is lost.
  const compiled = (said) => {
    const g = { ...said };
    for (const name of ["order", "group_start", "member_start", "members", "network", "hub", "around_start", "around_link", "around_joint", "silent", "site", "kind"]) {
      g[name] = Int32Array.from(said[name]);
    }
    g.hold = Float64Array.from(said.hold);
    g.whole = new Float64Array(g.hold.length).fill(NEVER);
    for (const node of said.never) g.whole[node] = 0;
    g.untouched = stopTimes(g, g.whole);
    return g;
  };

  // What people hear of, in order of time. A site is not said to be cut off where it has stopped itself.
  const stagesOf = ({ untouched, silent, site }, lost, stops) => {
    const stages = [];
    let stage = null; // of the hour that was met last: most of what stops stops together
    for (let i = 0; i < stops.length; i++) {
      const hours = stops[i];
      if (hours === NEVER || lost[i] !== NEVER || untouched[i] !== NEVER || silent[i] !== 0) continue;
      if (site[i] >= 0 && stops[site[i]] <= hours) continue;
      if (stage === null || stage.hours !== hours) stage = stages.find((one) => one.hours === hours) || null;
      if (stage === null) stages.push(stage = { hours, nodes: [] });
      stage.nodes.push(i);
    }
    return stages.sort((a, b) => a.hours - b.hours);
  };

  // What the loss of these nodes leads to: stages, and who must be told of what.
  const ask = (g, nodes) => {
    const lost = g.whole.slice();
    for (const node of nodes) lost[node] = 0;
    const stops = stopTimes(g, lost), stages = stagesOf(g, lost, stops), told = new Map();
    for (const some of [nodes, ...stages.map((stage) => stage.nodes)]) {
      for (const node of some) {
        const tell = g.tell[node];
        for (let n = 0; n < tell.length; n++) {
          if (told.has(tell[n])) told.get(tell[n]).push(node);
          else told.set(tell[n], [node]);
        }
      }
    }
    return { nodes, lost, stops, stages, told };
  };

  const firstLost = (g, node, stops) => {
    let first = null, hours = NEVER;
    for (let group = g.group_start[node]; group < g.group_start[node + 1]; group++) {
      const members = g.members.slice(g.member_start[group], g.member_start[group + 1]);
      const last = members.reduce((most, m) => Math.max(most, stops[m]), -NEVER);
      if (first === null || last < hours) [first, hours] = [members, last];
    }
    return first !== null && hours + g.hold[node] === stops[node] ? [...first] : null;
  };

  // Because of which nodes one stopped (Graph.causes).
  const causes = (g, node, { stops, lost }) => {
    if (stops[node] === NEVER || stops[node] === lost[node]) return [];
    const first = firstLost(g, node, stops);
    if (first !== null) return first;
    const links = [], joints = [];
    for (let i = g.around_start[node]; i < g.around_start[node + 1]; i++) {
      if (stops[g.around_link[i]] <= stops[node]) links.push(g.around_link[i]);
    }
    for (let i = g.around_start[node]; i < g.around_start[node + 1]; i++) {
      const joint = g.around_joint[i];
      if (!links.includes(g.around_link[i]) && stops[joint] <= stops[node]) joints.push(joint);
    }
    const alone = joints.filter((j) => stops[j] === lost[j] || firstLost(g, j, stops) !== null);
    return links.length + alone.length ? [...links, ...alone] : joints;
  };

  return { compiled, ask, causes };
})();
