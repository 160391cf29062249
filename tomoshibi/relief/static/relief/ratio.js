// The damage ratio of a sheet by the town's own figures (damage.rules), in whole numbers so that no rounding decides a
// class: shares and millimetres count in ten-thousandths. The town computes it anew when the sheet comes.
"use strict";
const damage = (() => {
  const SCALE = 10000, WHOLE = SCALE * 10000; // of a share; of a per cent of the house
  const number = (text) => {
    const plain = String(text ?? "").normalize("NFKC").trim();
    if (!plain) return null;
    const value = Number(plain);
    return Number.isFinite(value) && value >= 0 ? Math.round(value * SCALE) : NaN;
  };
  const cut = (total) => {
    const tenths = Math.floor(total / (WHOLE / 10));
    return tenths % 10 ? `${Math.floor(tenths / 10)}.${tenths % 10}` : String(tenths / 10);
  };
  const named = (rules, total) => (rules.floors.find(([floor]) => total >= floor * WHOLE) || [0, total > 0 ? rules.partial : rules.none])[1];

  // fields: as the form has them. What it comes to: total (ratio × 10^8), text, named, least (a floor, no sum), parts
  // (points by part), why (what decided without parts: a key and what belongs to it), or problem: a key of what is
  // missing or cannot be.
  function assess(rules, fields) {
    const fallen = Boolean(fields.collapsed), tilt = number(fields.tilt_mm), depth = number(fields.depth_cm), settled = number(fields.settled_cm);
    const found = (percent, least, ...why) => {
      const total = percent * WHOLE;
      return { total, least, parts: [], why, text: cut(total), named: named(rules, total) };
    };
    if (rules.under) {
      if (fallen) return { problem: "fallen" };
      if (!fields.agreed) return { problem: "agree" };
      return { ...found(1, false, "photographs"), under: rules.under };
    }
    if (Number.isNaN(tilt) || tilt > rules.plumb * SCALE) return { problem: "tilt" };
    if (Number.isNaN(settled)) return { problem: "settled" };
    if (fallen) return found(50, true, "fallen");
    if (rules.depths.length) {
      if (depth === null || Number.isNaN(depth)) return { problem: "depth" };
      if (depth === 0) return found(rules.below, false, "below");
      const depths = fields.force === "0" ? rules.calm : rules.depths;
      if (!depths.length) return { problem: "force" };
      const least = depths[depths.length - 1][1];
      return found((depths.find(([from]) => depth >= from * SCALE) || [0, least])[1], true, "depth", fields.force !== "0");
    }
    const decided = [];
    const steep = rules.tilts.find(([over, under]) => (tilt || 0) * under >= over * rules.plumb * SCALE);
    if (steep) decided.push([steep[2], "tilt", `${steep[0]}/${steep[1]}`]);
    for (const [over, under, cm, ratio] of rules.settled) {
      if ((tilt || 0) * under >= over * rules.plumb * SCALE && (settled || 0) >= cm * SCALE) decided.push([ratio, "settled", `${over}/${under}`, cm]);
    }
    if (fields.sunk && rules.sinks[fields.sunk]) decided.push([rules.sinks[fields.sunk], "sunk", fields.sunk]);
    if (decided.length) {
      const [ratio, ...why] = decided.reduce((worst, one) => (one[0] > worst[0] ? one : worst));
      return found(ratio, true, ...why);
    }
    if (Object.keys(rules.sinks).length) return tilt === null ? { problem: "ground" } : found(tilt ? 1 : 0, false, "level");
    let total = 0;
    const parts = [];
    for (const [part, label, weight] of rules.parts) {
      let whole = 0, points = 0;
      for (let degree = 1; degree <= 5; degree += 1) {
        const share = number(fields[`${part}-${degree}`]) ?? 0;
        if (Number.isNaN(share) || share > 100 * SCALE) return { problem: "share", label };
        whole += share;
        points += weight * share * rules.degrees[degree];
      }
      if (whole > 100 * SCALE) return { problem: "share", label };
      if (points) parts.push([label, cut(points)]);
      total += points;
    }
    return { total, least: false, parts, why: parts.length ? [] : ["whole"], text: cut(total), named: named(rules, total) };
  }
  return { assess };
})();
