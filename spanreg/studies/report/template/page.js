
"use strict";
const facts = JSON.parse(document.getElementById("facts").textContent);
const place = (id) => document.getElementById(id);
const add = (element, options, children) => {
  for (const [name, value] of Object.entries(options || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name === "click" || name === "change") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined));
  return element;
};
const make = (tag, options, ...children) => add(document.createElement(tag), options, children);
const draw = (tag, options, ...children) =>
  add(document.createElementNS("http://www.w3.org/2000/svg", tag), options, children);

// Numbers as people read them.
const minus = (text) => text.replace("-", "\u2212");
const fixed = (value, digits = 2) => value === null || value === undefined ? ""
  : minus((Math.abs(value) * 10 ** digits < .5 ? 0 : value).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
const points = (value) => value === null || value === undefined ? "" : fixed(value * facts.scale, facts.scale === 100 ? 2 : 4);
const signed = (value) => value === null || value === undefined ? "" : (points(value).startsWith("\u2212") ? "" : "+") + points(value);
const whole = (value) => value === null || value === undefined ? "" : value.toLocaleString("en");
const chance = (p) => p === null || p === undefined ? "" : p < 0.001 ? "< 0.001" : fixed(p, 3);
const share = (value) => value === null || value === undefined ? "not known" : `${fixed(value * 100, 1)} %`;
const range = (low, high) => low === null || low === undefined ? "" : `${signed(low)} to ${signed(high)}`;
const times = (ratio) => ratio === null || ratio === undefined ? "" : `${fixed(ratio)}×`;
const counted = (number, noun) => `${whole(number)} ${noun}${number === 1 ? "" : "s"}`;
const figure = facts.several_tasks && new Set(facts.arms.map((arm) => arm.metric).filter(Boolean)).size > 1 ? "score" : facts.metric;
const unit = facts.scale === 100 ? `${figure}, %` : figure;

const arms = new Map(facts.arms.map((arm) => [arm.name, arm]));
const isBase = (arm) => arm.is_baseline && arm.scores.length > 0;
const verdict = (arm) => !arm.comparison || !arm.comparison.significant ? "even"
  : (arm.comparison.difference > 0) === arm.greater_is_better ? "better" : "worse";
const compared = () => visible().filter((arm) => arm.comparison);
const strongest = () => facts.arms.filter((arm) => arm.comparison)
  .sort((a, b) => Math.abs(b.comparison.difference) - Math.abs(a.comparison.difference))[0];
const state = { name: "", tag: "", significant: false, key: "", up: true, open: new Set(), cost: "seconds_ratio",
  heat: "difference", rows: "", columns: "", arm: "", spans: "spans",
  focus: (strongest() || facts.arms.find((arm) => arm.scores.length) || { name: "" }).name };

function visible() {
  return facts.arms.filter((arm) => arm.name === facts.baseline || isBase(arm) || (
    arm.name.toLowerCase().includes(state.name.toLowerCase())
    && (!state.tag || arm.tags.includes(state.tag)) && (!state.significant || verdict(arm) !== "even")));
}

// Scales.
function ticksOf(low, high, most) {
  const rough = (high - low) / most || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-9; at += step) found.push(Math.abs(at) < step / 1e6 ? 0 : at);
  return { found, digits: (String(Number(step.toPrecision(3))).split(".")[1] || "").length };
}
function padded(values, share = 0.06) {
  const low = Math.min(...values), high = Math.max(...values), more = (high - low || Math.abs(high) || 1) * share;
  return [low - more, high + more];
}

// The table of arms, in which one column is the forest plot.
const keys = [
  ["arm", "", (arm) => arm.name], [unit, "number", (arm) => arm.mean],
  ["95 % interval of the difference", "plot", (arm) => arm.comparison && arm.comparison.low],
  ["difference", "number", (arm) => arm.comparison && arm.comparison.difference],
  ["p (Holm)", "number extra", (arm) => arm.comparison && arm.comparison.p_adjusted],
  ["weights", "number extra", (arm) => arm.parameters], ["time", "number extra", (arm) => arm.seconds_ratio],
];
function sorted(found) {
  const key = keys.find(([name]) => name === state.key);
  if (!key) return found;
  const value = (arm) => key[2](arm);
  const order = (a, b) => typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : a - b;
  const known = found.filter((arm) => value(arm) !== null && value(arm) !== undefined);
  known.sort((a, b) => order(value(a), value(b)) * (state.up ? 1 : -1));
  return [...known, ...found.filter((arm) => !known.includes(arm))];
}
function forestScale(found) {
  const ends = found.flatMap(({ comparison }) => [comparison.low, comparison.high, comparison.difference, ...comparison.differences]);
  const [low, high] = padded([0, ...ends.filter((end) => end !== null)].map((end) => end * facts.scale));
  const at = (value) => `${(100 * (value * facts.scale - low) / (high - low)).toFixed(3)}%`;
  return { at, ...ticksOf(low, high, 5) };
}
function forestRow(arm, { at, found }) {
  const rules = found.map((tick) => draw("line", { class: tick === 0 ? "zero" : "rule", x1: at(tick / facts.scale), x2: at(tick / facts.scale), y1: 0, y2: 36 }));
  const own = arm.comparison;
  if (!own) return draw("svg", { class: "row", "aria-hidden": "true" }, rules);
  const text = `${arm.name}\n${signed(own.difference)}, 95 % interval ${range(own.low, own.high) || "not known"}`;
  return draw("svg", { class: `row ${verdict(arm)}`, role: "img", "aria-label": text }, rules,
    own.low === null ? null : draw("line", { class: "interval", x1: at(own.low), x2: at(own.high), y1: 18, y2: 18, "data-tip": text }),
    own.differences.map((value, i) => draw("circle", { class: "seed", cx: at(value), cy: 27, r: 3, "data-tip": `seed ${own.seeds[i]}: ${signed(value)}` })),
    // A diamond that stays one at any width.
    draw("svg", { x: at(own.difference), y: 18, overflow: "visible" },
      draw("path", { class: "mean", d: "M0,-6.5 L6.5,0 L0,6.5 L-6.5,0 Z", "data-tip": text })));
}
// Names of combinations are long: they may break after a comma, or before what an axis chooses.
const breakable = (name) => make("span", {}, name.split(/(?<=[,=])/).map((part) => [part, make("wbr")]));
function armRow(arm, scale) {
  const open = state.open.has(arm.name), own = arm.comparison;
  const score = arm.mean === null ? "not run" : points(arm.mean) + (arm.deviation === null ? "" : ` ± ${points(arm.deviation)}`);
  const tip = arm.metric + "\n" + arm.scores.map((value, i) => `seed ${arm.seeds[i]}: ${points(value)}`).join("\n");
  const difference = own ? signed(own.difference) + (own.significant ? "*" : "") : isBase(arm) ? "baseline" : "";
  const row = make("tr", { class: `arm ${isBase(arm) ? "base" : verdict(arm)}`, "data-arm": arm.name },
    make("td", { class: "name" },
      make("button", { type: "button", "aria-expanded": String(open), click: () => toggle(arm.name) }, breakable(arm.name)),
      arm.about ? make("small", { text: arm.about }) : null),
    make("td", { class: "number score", "data-tip": tip, text: score }),
    make("td", { class: "plot" }, forestRow(arm, scale)),
    make("td", { class: `number difference ${verdict(arm)}`, text: difference }),
    make("td", { class: "number extra", text: own ? chance(own.p_adjusted) : "" }),
    make("td", { class: "number extra", text: whole(arm.parameters) }),
    make("td", { class: "number extra", "data-tip": arm.seconds === null ? null : `${fixed(arm.seconds, 1)} s of training, mean`, text: times(arm.seconds_ratio) }));
  return open ? [row, make("tr", { class: "detail" }, make("td", { colspan: 7 }, detail(arm)))] : [row];
}
function detail(arm) {
  const own = arm.comparison;
  const lines = [["seeds", arm.seeds.map((seed, i) => `${seed}: ${points(arm.scores[i])}`).join("; ")]];
  if (arm.tags.length) lines.push(["tags", arm.tags.join(", ")]);
  if (arm.scores.length && !arm.against && !arm.is_baseline) lines.push(["compared with", "nothing: no arm on the same data is like the baseline in all else"]);
  if (own) lines.push(
    ["compared with", arm.against],
    ["difference", `${signed(own.difference)} (${own.differences.map(signed).join(", ")} by seed)`],
    ["decisive test", own.p === null ? "not made" : `${own.basis === "seeds" ? "seeds alone" : "seeds and examples"}: p ${chance(own.p)}, ${chance(own.p_adjusted)} after Holm's correction; 95 % interval ${range(own.low, own.high)}; ${Math.round(own.seed_share * 100)} % of its variance from the seeds`],
    ["detail: over seeds", `paired t-test p ${chance(own.p_seeds) || "not made"}; Wilcoxon p ${chance(own.p_ranks) || "not made"}`],
    ["detail: over examples", `approximate randomisation p ${chance(own.p_examples) || "not made"}; paired bootstrap p ${chance(own.p_bootstrap) || "not made"}`],
    ["McNemar by seed", own.mcnemar.map((one, i) => `${own.seeds[i]}: ${one.fixed} fixed, ${one.broken} broken, p ${chance(one.p)}`).join("; ") || "not made"],
    ["almost stochastic order", own.order === null ? "not made: fewer than 5 seeds" : `${fixed(own.order)} (0: better throughout, 1: worse throughout; no test)`],
    ["effect size", own.effect === null ? "not known" : fixed(own.effect)],
    ["detectable", own.detectable === null ? "not known" : `${points(own.detectable)} in 4 of 5 studies of as many seeds and examples`]);
  if (arm.seconds !== null) lines.push(["training", `${fixed(arm.seconds, 1)} s, ${whole(arm.parameters)} weights`]);
  return make("dl", {}, lines.map(([name, text]) => [make("dt", { text: name }), make("dd", { text })]));
}
function toggle(name) {
  if (!state.open.delete(name)) state.open.add(name);
  showArms();
  [...document.querySelectorAll("tr.arm")].find((row) => row.dataset.arm === name).querySelector("button").focus();
}
function sortBy(name) {
  [state.key, state.up] = state.key === name ? (state.up ? [name, false] : ["", true]) : [name, true];
  showArms();
}
function showArms() {
  const found = visible(), scale = forestScale(found.filter((arm) => arm.comparison));
  const order = (name) => state.key === name ? (state.up ? "ascending" : "descending") : null;
  place("arms").tHead.replaceChildren(make("tr", {}, keys.map(([name, kind]) =>
    make("th", { class: kind, scope: "col", "aria-sort": order(name) }, make("button", { type: "button", text: name, click: () => sortBy(name) })))));
  place("arms").tBodies[0].replaceChildren(...sorted(found).flatMap((arm) => armRow(arm, scale)));
  const labels = scale.found.map((tick) => draw("text", { x: scale.at(tick / facts.scale), y: 15, "text-anchor": "middle",
    text: (tick > 0 ? "+" : "") + fixed(tick, scale.digits) }));
  place("arms").tFoot.replaceChildren(make("tr", { class: "foot" }, make("td"), make("td"), make("td", { class: "plot" }, draw("svg", { class: "axis" }, labels)), make("td", { colspan: 4 })));
  place("count").textContent = `${found.length} of ${facts.arms.length} arms`;
}

// Combinations of two axes.
const axes = [...new Set(facts.arms.flatMap((arm) => Object.keys(arm.choice || {})))];
const gridArms = facts.arms.filter((arm) => Object.keys(arm.choice || {}).length > 1);
function segments(items, current, choose) {
  return make("div", { class: "segments" }, items.map(([value, text]) =>
    make("button", { type: "button", "aria-pressed": String(value === current), text, click: () => choose(value) })));
}
function picker(text, values, current, choose) {
  const list = make("select", { change: (event) => choose(event.target.value) }, values.map((value) => make("option", { value, text: value })));
  list.value = current;
  return make("label", { class: "field" }, make("span", { text }), list);
}
function showGrid() {
  place("grid").hidden = axes.length < 2 || !gridArms.length;
  if (place("grid").hidden) return;
  state.columns ||= axes.find((axis) => axis.startsWith("data")) || axes[1];
  state.rows = [state.rows, ...axes].find((axis) => axis && axis !== state.columns);
  const set = (name) => (value) => { state[name] = value; showGrid(); };
  place("grid-choices").replaceChildren(segments([["difference", "difference"], ["mean", "score"]], state.heat, set("heat")),
    ...(axes.length > 2 ? [picker("rows", axes, state.rows, set("rows")), picker("columns", axes, state.columns, set("columns"))] : []));
  const values = (axis) => [...new Set(gridArms.map((arm) => arm.choice[axis]).filter(Boolean))];
  const [rows, columns] = [values(state.rows), values(state.columns)];
  const at = (row, column) => visible().concat(facts.arms.filter(isBase)).filter((arm, i, all) => all.indexOf(arm) === i
    && arm.choice && arm.choice[state.rows] === row && arm.choice[state.columns] === column && arm.mean !== null);
  const value = (arm) => state.heat === "mean" ? arm.mean : arm.comparison ? arm.comparison.difference : isBase(arm) ? 0 : null;
  const meanOf = (found) => { const known = found.map(value).filter((one) => one !== null); return known.length ? known.reduce((a, b) => a + b) / known.length : null; };
  const cells = rows.map((row) => columns.map((column) => ({ found: at(row, column), value: meanOf(at(row, column)) })));
  const known = cells.flat().map((cell) => cell.value).filter((one) => one !== null);
  const centre = state.heat === "mean" ? known.reduce((a, b) => a + b, 0) / Math.max(known.length, 1) : 0;
  const widest = Math.max(...known.map((one) => Math.abs(one - centre)), 1e-12);
  place("heat").replaceChildren(
    make("thead", {}, make("tr", {}, make("th", { text: `${state.rows} \\ ${state.columns}` }), columns.map((name) => make("th", { scope: "col", text: name })))),
    make("tbody", {}, rows.map((name, i) => make("tr", {}, make("th", { scope: "row", text: name }), cells[i].map((cell) => heatCell(cell, centre, widest))))));
  place("heat-caption").textContent = `${state.heat === "mean" ? "Mean score; colours are against the mean of all cells" : "Difference from the baseline; * beyond chance"}. `
    + `Blue is better, orange worse. ${axes.length > 2 ? "A cell is the mean over the arms that share its two choices. " : ""}${facts.caption}.`;
}
function heatCell({ found, value }, centre, widest) {
  if (value === null) return make("td", { text: "\u2013" });
  const better = (value > centre) === facts.greater_is_better;
  const strength = Math.round(Math.abs(value - centre) / widest * 62);
  const cell = make("td", { tabindex: 0, "data-tip": found.map((arm) => `${arm.name}: ${points(arm.mean)}${arm.comparison ? `, ${signed(arm.comparison.difference)} (${range(arm.comparison.low, arm.comparison.high)})` : ""}`).join("\n"),
    text: (state.heat === "mean" ? points(value) : signed(value)) + (state.heat !== "mean" && found.length === 1 && found[0].comparison && found[0].comparison.significant ? "*" : "") },
    found.length === 1 && isBase(found[0]) ? make("small", { text: "baseline" }) : null);
  cell.style.backgroundColor = `color-mix(in oklab, var(--${better ? "better" : "worse"}) ${strength}%, var(--faint))`;
  return cell;
}

function showPieces() {
  place("pieces").hidden = !facts.interactions.length;
  const head = ["piece", "alone", "on top of the others", "difference", "95 % interval", "p", "verdict"];
  place("interactions").replaceChildren(
    make("thead", {}, make("tr", {}, head.map((text) => make("th", { text })))),
    make("tbody", {}, facts.interactions.map((row) => make("tr", {}, [row.piece, signed(row.alone), signed(row.on_top), signed(row.difference),
      range(row.low, row.high), chance(row.p), row.verdict].map((text) => make("td", { text }))))));
  place("interactions-caption").textContent = `What each piece brings alone (add one) and on top of all others (leave one out), in ${unit}. Redundant: `
    + `others do a part of its work. Synergistic: it needs the others. p is not corrected. ${facts.caption}.`;
}

// Charts that are drawn at the width they have, so that letters keep their size.
function chart(id, height, xs, ys, format, body, title) {
  const width = Math.max(place(id).clientWidth, 220), left = 52, bottom = height - 38;
  const [x0, x1] = padded(xs), [y0, y1] = padded(ys);
  const x = (value) => left + (width - left - 12) * (value - x0) / (x1 - x0), y = (value) => bottom - (bottom - 10) * (value - y0) / (y1 - y0);
  const across = ticksOf(x0, x1, Math.max(2, width / 110)), up = ticksOf(y0, y1, 5);
  place(id).replaceChildren(draw("svg", { height, role: "img", "aria-label": title },
    up.found.map((tick) => [draw("line", { class: "rule", x1: left, x2: width - 12, y1: y(tick), y2: y(tick) }),
      draw("text", { x: left - 7, y: y(tick) + 4, "text-anchor": "end", text: format.y(tick, up.digits) })]),
    across.found.map((tick) => draw("text", { x: x(tick), y: bottom + 17, "text-anchor": "middle", text: format.x(tick, across.digits) })),
    draw("line", { class: "frame", x1: left, x2: width - 12, y1: bottom, y2: bottom }),
    draw("text", { x: (left + width) / 2, y: height - 4, "text-anchor": "middle", text: format.name }), body(x, y, width)));
}
function showCost() {
  const found = compared().filter((arm) => arm[state.cost] !== null);
  place("costs").hidden = !facts.arms.some((arm) => arm.comparison);
  place("cost-choices").replaceChildren(segments([["seconds_ratio", "time"], ["parameters_ratio", "weights"]], state.cost, (value) => { state.cost = value; showCost(); }));
  const noun = state.cost === "seconds_ratio" ? "training time" : "number of weights";
  const ends = found.flatMap(({ comparison: own }) => [own.low, own.high, own.difference]).filter((end) => end !== null);
  const boxes = [];
  const free = (left, top, size, width) => left > 52 && left + size < width && top > 10 && top < 262
    && boxes.every((box) => left > box[0] + box[2] || left + size < box[0] || Math.abs(top - box[1]) > 15);
  // Right of its point or left of it, then a line above or below; an arm without room is told by its tip alone.
  const labelled = (name, at, width) => {
    const size = name.length * 6.6;
    for (const rise of [0, -18, 18]) {
      for (const left of [at[0] + 10, at[0] - 10 - size]) {
        if (size > width / 3 || !free(left, at[1] + rise, size, width)) continue;
        boxes.push([left, at[1] + rise, size]);
        const turned = left < at[0];
        return draw("text", { class: "label", x: turned ? at[0] - 10 : left, y: at[1] + rise + 4, "text-anchor": turned ? "end" : "start", text: name });
      }
    }
    return null;
  };
  chart("cost", 300, [1, ...found.map((arm) => arm[state.cost])], [0, ...ends].map((end) => end * facts.scale),
    { x: (tick, digits) => `${fixed(tick, digits)}×`, y: (tick, digits) => (tick > 0 ? "+" : "") + fixed(tick, digits), name: `${noun}, times the baseline's` },
    (x, y, width) => [
      draw("line", { class: "zero", x1: 52, x2: width - 12, y1: y(0), y2: y(0) }),
      draw("line", { class: "zero", x1: x(1), x2: x(1), y1: 10, y2: 262 }),
      found.map((arm) => { boxes.push([x(arm[state.cost]) - 6, y(arm.comparison.difference * facts.scale), 12]); return null; }),
      found.map((arm) => {
        const own = arm.comparison, at = [x(arm[state.cost]), y(own.difference * facts.scale)];
        const tip = `${arm.name}\n${signed(own.difference)} (${range(own.low, own.high)})\n${times(arm.seconds_ratio)} time, ${times(arm.parameters_ratio)} weights`;
        return draw("g", { class: verdict(arm), "data-tip": tip },
          own.low === null ? null : draw("line", { class: "interval thin", x1: at[0], x2: at[0], y1: y(own.low * facts.scale), y2: y(own.high * facts.scale) }),
          draw("circle", { class: "mean", cx: at[0], cy: at[1], r: 5.5 }),
          labelled(arm.name, at, width));
      })], `Difference against ${noun}`);
  place("cost-caption").textContent = `Difference in ${unit} with its 95 % interval, against ${noun} as a multiple of the baseline's. Up and to the left is better. `
    + "Times are of training alone, and depend on what else the machine did.";
}

// Learning curves: one arm in colour, the baseline dashed, the others as a ground.
function meanCurve(arm, name, value) {
  const steps = new Map();
  for (const curve of arm.curves) for (const point of curve[name]) {
    if (point[value] === null || point[value] === undefined) continue;
    steps.set(point.step, [...(steps.get(point.step) || []), point[value]]);
  }
  return [...steps].sort((a, b) => a[0] - b[0]).map(([step, values]) => [step, values.reduce((a, b) => a + b) / values.length]);
}
function showCurve(id, name, value, scale, digits) {
  const found = visible().filter((arm) => arm.curves.length);
  const chosen = found.find((arm) => arm.name === state.focus);
  const lines = found.map((arm) => ({ arm, kind: arm === chosen ? "focus" : arm.name === facts.baseline ? "base" : "", points: meanCurve(arm, name, value) }));
  lines.sort((a, b) => ["", "base", "focus"].indexOf(a.kind) - ["", "base", "focus"].indexOf(b.kind));
  const singles = chosen ? chosen.curves.map((curve) => ({ arm: chosen, kind: "single", seed: curve.seed, points: curve[name].filter((point) => point[value] !== null).map((point) => [point.step, point[value]]) })) : [];
  const all = [...lines, ...singles].flatMap((line) => line.points);
  if (!all.length) { place(id).replaceChildren(make("p", { class: "say", text: "Nothing was measured during training." })); return; }
  chart(id, 260, all.map(([step]) => step), all.map(([, one]) => one * scale), { x: (tick) => whole(tick), y: (tick, places) => fixed(tick, places), name: "step" },
    (x, y) => [...singles, ...lines].map((line) => {
      const last = line.points[line.points.length - 1];
      const tip = last && `${line.arm.name}${line.seed === undefined ? ", mean of the seeds" : `, seed ${line.seed}`}\nin the end ${fixed(last[1] * scale, digits)}`;
      const at = line.points.map(([step, one]) => `${x(step).toFixed(1)},${y(one * scale).toFixed(1)}`);
      return [draw("polyline", { class: `curve ${line.kind}`, points: at.join(" "), "data-tip": tip }),
        line.points.length < 2 ? line.points.map(([step, one]) => draw("circle", { class: "seed even", cx: x(step), cy: y(one * scale), r: 3, "data-tip": tip })) : null];
    }), name === "loss" ? "Training loss by step" : "Score by step");
}
function showCurves() {
  place("score-title").textContent = `${unit} on ${facts.split}`;
  showCurve("loss", "loss", "loss", 1, 3);
  showCurve("score", "evaluations", "score", facts.scale, 2);
  place("curves-caption").textContent = `Blue: '${state.focus}', its seeds thin, their mean thick. Dashed: the baseline. Grey: the other arms. Means over the seeds; ${facts.part === "all" ? facts.caption : "the score is that of the whole split"}.`;
}

// Spans: arms whose figures are the same share a picture.
function showSpans() {
  const groups = new Map();
  for (const arm of visible().filter((one) => one.spans && one.reads_spans)) {
    const key = JSON.stringify(arm.spans);
    groups.set(key, [...(groups.get(key) || []), arm]);
  }
  place("spans").hidden = !facts.arms.some((arm) => arm.spans && arm.reads_spans);
  place("histograms").replaceChildren(...[...groups.values()].map((own) => {
    const { spans } = own[0], lengths = Object.entries(spans.span_lengths).map(([length, count]) => [Number(length), count]);
    const most = 9, bins = new Map();
    for (const [length, count] of lengths) bins.set(Math.min(length, most), (bins.get(Math.min(length, most)) || 0) + count);
    const total = lengths.reduce((sum, [, count]) => sum + count, 0) || 1, top = Math.max(...bins.values(), 1);
    const last = Math.max(...bins.keys(), 4), wide = 100 / last;
    return make("figure", {}, make("figcaption", {}, own.map((arm, i) => [i ? " · " : "", breakable(arm.name)])),
      draw("svg", { height: 112, width: "100%", role: "img", "aria-label": "Spans by their length in words" },
        Array.from({ length: last }, (_, i) => {
          const count = bins.get(i + 1) || 0, name = i + 1 === most ? `${most}+` : String(i + 1), tall = 78 * count / top;
          return [draw("rect", { class: i ? "bar" : "bar one", x: `${i * wide + wide * .1}%`, width: `${wide * .8}%`, y: 90 - tall, height: tall, rx: 2,
            "data-tip": `${name} word${i ? "s" : ""}: ${whole(count)} spans, ${share(count / total)}` }),
            draw("text", { x: `${(i + .5) * wide}%`, y: 106, "text-anchor": "middle", text: name })];
        }), draw("line", { class: "frame", x1: 0, x2: "100%", y1: 90.5, y2: 90.5 })),
      make("dl", {}, [["spans a sentence", fixed(spans.spans_per_sentence)], ["tokens in spans of several words", share(spans.multi_word_token_share)],
        ["words that the dictionary covers", share(spans.dictionary_coverage)], ["examples cut short", whole(spans.truncated)]]
        .map(([name, text]) => [make("dt", { text: name }), make("dd", { text })])));
  }));
  place("spans-caption").textContent = `Spans of ${facts.split} by their length in words, under the first seed. Arms whose figures are the same share a picture; arms that read no spans have none.`;
}

// Examples.
function textWith(text, spans) {
  const letters = Array.from(text), parts = [];
  let at = 0, several = 0;
  for (const [start, end, words] of spans || []) {
    if (words < 2) continue;
    parts.push(letters.slice(at, start).join(""), make("mark", { class: several++ % 2 ? "second" : null, "data-tip": `a span of ${words} words`, text: letters.slice(start, end).join("") }));
    at = end;
  }
  return [...parts, letters.slice(at).join("")];
}
const answers = (name, given, gold) => [make("span", { text: `${name}: ` }), given.map((one, i) => [i ? ", " : "", make("span", { class: one === gold ? "right" : "wrong", text: one })])];
function exampleCard(one) {
  return make("div", { class: "example" },
    one.text === undefined ? make("p", { class: "text", text: `idx ${one.idx}` }) : make("p", { class: "text" }, textWith(one.text, one[state.spans])),
    one.pair === undefined ? null : make("p", { class: "text" }, textWith(one.pair, one[`pair_${state.spans}`])),
    make("p", { class: "verdicts" }, `gold: ${one.gold} · `, answers("baseline", one.baseline, one.gold), " · ", answers("arm", one.arm, one.gold)));
}
function showExamples() {
  const known = facts.examples || {}, names = visible().map((arm) => arm.name).filter((name) => known[name]);
  place("examples").hidden = !Object.keys(known).length;
  if (!names.includes(state.arm)) state.arm = names.includes(state.focus) ? state.focus : names[0] || "";
  const own = known[state.arm];
  if (!own) { place("shown").replaceChildren(); place("example-say").textContent = "No arm is chosen."; place("example-choices").replaceChildren(); return; }
  const both = own.shown.some((one) => one.baseline_spans);
  place("example-choices").replaceChildren(picker("arm", names, state.arm, (value) => { state.arm = value; showExamples(); }),
    ...(both ? [segments([["spans", "the arm's spans"], ["baseline_spans", "the baseline's"]], state.spans, (value) => { state.spans = value; showExamples(); })] : []));
  if (!both) state.spans = "spans";
  place("example-say").textContent = `${fixed(own.fixed, 1)} examples fixed and ${fixed(own.broken, 1)} broken a seed, against '${arms.get(state.arm).against}'.`
    + (own.problem ? ` ${own.problem[0].toUpperCase()}${own.problem.slice(1)}.` : "");
  place("shown").replaceChildren(...[["Fixed", 1], ["Broken", -1]].map(([name, sign]) => {
    const found = own.shown.filter((one) => one.gain * sign > 0);
    return make("div", {}, make("h3", { text: name }), found.length ? found.map(exampleCard) : make("p", { class: "say", text: "None." }));
  }));
  place("examples-caption").textContent = `Some examples of ${facts.split}, those first on which most of the seeds ${own.seeds.join(", ")} agree; answers in the order of the seeds. `
    + "Coloured: spans of several words, under the first seed.";
}

// Once and for all.
function showOrigin() {
  place("changes").replaceChildren(...facts.arms.map((arm) => make("details", {}, make("summary", { text: arm.name }),
    arm.about ? make("p", { text: arm.about }) : null,
    make("ul", {}, [...arm.changes, ...arm.dropped].map((text) => make("li", {}, make("code", { text }))), arm.changes.length ? null : make("li", { text: "nothing: the base as it is" })),
    make("pre", { text: JSON.stringify(arm.config, null, 2) }))));
  const spelt = (value) => typeof value === "string" ? value
    : value && typeof value === "object" && !Array.isArray(value) ? Object.entries(value).map(([name, one]) => `${name} ${spelt(one)}`).join(", ") : JSON.stringify(value);
  place("environment").append(...Object.entries(facts.environment.same).filter(([, value]) => value !== null).flatMap(([name, value]) => [make("dt", { text: name }), make("dd", { text: spelt(value) })]),
    ...(facts.environment.differing.length ? [make("dt", { text: "differs between runs" }), make("dd", { text: facts.environment.differing.join(", ") })] : []));
  place("source").textContent = facts.source || "not kept";
}
function showHead() {
  document.title = `${facts.study}: report`;
  place("name").textContent = facts.study;
  place("about").textContent = facts.about;
  place("headline").textContent = facts.headline;
  const seeds = new Set(facts.arms.flatMap((arm) => arm.seeds));
  place("chips").append(...[`${facts.finished} of ${facts.planned} runs finished`, counted(facts.arms.length, "arm"), counted(seeds.size, "seed"), facts.caption.split(";")[0], `baseline: ${facts.baseline}`]
    .map((text) => make("li", { text })));
  place("arms-caption").append(...facts.notes.slice(1).map((text) => make("p", { text })));
  if (facts.left) place("warnings").append(make("p", { class: "warning", text: facts.left }));
}
function showAll() {
  for (const show of [showArms, showGrid, showPieces, showCost, showCurves, showSpans, showExamples]) show();
}
function setUp() {
  const tags = [...new Set(facts.arms.flatMap((arm) => arm.tags))];
  place("tags").hidden = !tags.length;
  place("by-tag").append(make("option", { value: "", text: "all" }), ...tags.map((tag) => make("option", { value: tag, text: tag })));
  place("focus").append(...facts.arms.filter((arm) => arm.scores.length).map((arm) => make("option", { value: arm.name, text: arm.name })));
  place("focus").value = state.focus;
  for (const [id, name, event] of [["by-name", "name", "input"], ["by-tag", "tag", "change"], ["focus", "focus", "change"]])
    place(id).addEventListener(event, (given) => { state[name] = given.target.value; if (name === "focus") state.arm = ""; showAll(); });
  place("significant").addEventListener("change", (given) => { state.significant = given.target.checked; showAll(); });
  const themes = ["automatic", "light", "dark"];
  let theme = 0;
  const paint = () => { document.documentElement.dataset.theme = themes[theme]; place("theme").textContent = `Colours: ${themes[theme]}`; };
  place("theme").addEventListener("click", () => { theme = (theme + 1) % themes.length; paint(); });
  paint();
  for (const kind of ["pointerover", "focusin", "click"]) document.addEventListener(kind, tell);
  addEventListener("scroll", () => { place("tip").hidden = true; }, { passive: true });
  let width = innerWidth;
  addEventListener("resize", () => { if (width !== innerWidth) { width = innerWidth; showCost(); showCurves(); } });
}
function tell(event) {
  const over = event.target.closest && event.target.closest("[data-tip]"), tip = place("tip");
  tip.hidden = !over;
  if (!over) return;
  tip.textContent = over.dataset.tip;
  const box = over.getBoundingClientRect(), x = event.clientX || box.left, below = box.bottom + tip.offsetHeight + 10 < innerHeight;
  const y = event.clientY && box.height > 60 ? event.clientY + 14 : below ? box.bottom + 6 : box.top - tip.offsetHeight - 6;
  tip.style.top = `${y}px`;
  tip.style.left = `${Math.max(8, Math.min(x, innerWidth - tip.offsetWidth - 8))}px`;
}
showHead();
setUp();
showAll();
showOrigin();
