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
  const given = found.filter((arm) => value(arm) !== null && value(arm) !== undefined);
  given.sort((a, b) => order(value(a), value(b)) * (state.up ? 1 : -1));
  return [...given, ...found.filter((arm) => !given.includes(arm))];
}
function forestScale(found) {
  const ends = found.flatMap(({ comparison }) => [comparison.low, comparison.high, comparison.difference, ...comparison.differences]);
  const [low, high] = padded([0, ...(facts.margin ? [-facts.margin / facts.scale, facts.margin / facts.scale] : []), ...ends.filter(known)].map((end) => end * facts.scale));
  const at = (value) => `${(100 * (value * facts.scale - low) / (high - low)).toFixed(3)}%`;
  return { at, ...ticksOf(low, high, 5) };
}
function forestRow(arm, { at, found }) {
  const rules = found.map((tick) => draw("line", { class: tick === 0 ? "zero" : "rule", x1: at(tick / facts.scale), x2: at(tick / facts.scale), y1: 0, y2: 36 }));
  const own = arm.comparison, margin = facts.margin / facts.scale;
  if (facts.margin) rules.unshift(draw("rect", { class: "noise", x: at(-margin), width: `${(2 * (parseFloat(at(margin)) - parseFloat(at(0)))).toFixed(3)}%`, y: 0, height: 36 }));
  if (!own || !known(own.difference)) return draw("svg", { class: "row", "aria-hidden": "true" }, rules);
  const interval = range(own.low, own.high);
  const text = `${arm.name}\n${signed(own.difference)}, ${interval ? `95 % interval ${interval}` : "no interval"}`;
  return draw("svg", { class: `row ${verdict(arm)}`, role: "img", "aria-label": text }, rules,
    interval ? draw("line", { class: "interval", x1: at(own.low), x2: at(own.high), y1: 18, y2: 18, "data-tip": text }) : null,
    own.differences.map((value, i) => known(value) ? draw("circle", { class: "seed", cx: at(value), cy: 27, r: 3, "data-tip": `seed ${own.seeds[i]}: ${signed(value)}` }) : null),
    // Paths have no coordinates in per cent, so an inner svg places the diamond, which keeps its form at any width.
    draw("svg", { x: at(own.difference), y: 18, overflow: "visible" },
      draw("path", { class: "mean", d: "M0,-6.5 L6.5,0 L0,6.5 L-6.5,0 Z", "data-tip": text })));
}
function armRow(arm, scale) {
  const open = state.open.has(arm.name), own = arm.comparison;
  const score = arm.mean === null ? arm.missing : points(arm.mean) + (known(arm.deviation) ? ` ± ${points(arm.deviation)}` : "");
  const tip = arm.metric + "\n" + arm.scores.map((value, i) => `seed ${arm.seeds[i]}: ${points(value)}`).join("\n");
  const difference = own ? signed(own.difference) + (own.significant ? "*" : "") : isBase(arm) ? "baseline" : "";
  const cell = (kind, name, text, more) => make("td", { class: kind, "data-label": name, text, ...more });
  const row = make("tr", { class: `arm ${isBase(arm) ? "base" : verdict(arm)}`, "data-arm": arm.name },
    make("td", { class: "name" },
      make("button", { type: "button", "aria-expanded": String(open), click: () => toggle(arm.name) }, breakable(arm.name)),
      arm.about ? make("small", { text: arm.about }) : null),
    cell("number score", unit, score, { "data-tip": tip }),
    make("td", { class: "plot" }, forestRow(arm, scale)),
    cell(`number difference ${verdict(arm)}`, "difference", difference),
    cell("number extra", "p (Holm)", own ? chance(own.p_adjusted) : ""),
    cell("number extra", "weights", whole(arm.parameters)),
    cell("number extra", "time", times(arm.seconds_ratio), { "data-tip": arm.seconds === null ? null : `${fixed(arm.seconds, 1)} s of training, mean` }));
  return open ? [row, make("tr", { class: "detail" }, make("td", { colspan: 7 }, detail(arm)))] : [row];
}
const list = (lines) => make("dl", {}, lines.map(([name, text]) => [make("dt", { text: name }), make("dd", { text })]));
function detail(arm) {
  const own = arm.comparison;
  const lines = [["seeds", arm.seeds.map((seed, i) => `${seed}: ${points(arm.scores[i])}`).join("; ")]];
  if (arm.training_examples) lines.push(["training set", counted(arm.training_examples, "example")]);
  if (known(arm.majority)) lines.push(["majority class alone", points(arm.majority)]);
  if (arm.constant_seeds && arm.constant_seeds.length) lines.push(["constant predictions", `under ${arm.constant_seeds.length === 1 ? "seed" : "the seeds"} ${arm.constant_seeds.join(", ")}`]);
  if (arm.tags.length) lines.push(["tags", arm.tags.join(", ")]);
  if (arm.scores.length && !arm.against && !arm.is_baseline) lines.push(["compared with", "nothing: no arm differs from the baseline only in its data"]);
  if (own) lines.push(["compared with", arm.against], ["difference", `${signed(own.difference)} (${own.differences.map(signed).join(", ")} by seed)`]);
  if (arm.seconds !== null) lines.push(["training", `${fixed(arm.seconds, 1)} s, ${whole(arm.parameters)} weights`]);
  return make("div", {}, list(lines), own ? decisive(own) : null, own ? details(own) : null, classTable(arm));
}
// The one test that the star and the interval come from; what else was computed decides nothing.
function decisive(own) {
  const name = facts.tests.decisive.name;
  return make("div", { class: "decisive" }, make("h4", { text: `Decisive test: ${name}` }), list([
    ["p", own.p === null ? "not computed" : `${chance(own.p)}, ${chance(own.p_adjusted)} after Holm's correction over the arms`],
    ["95 % interval", range(own.low, own.high) || "not computed"], ["counted as samples", own.basis === "seeds" ? "seeds alone" : own.basis],
    ...(own.equivalence ? [[`verdict with a margin of ${facts.margin}`, `${own.verdict}; two one-sided tests p ${chance(own.equivalence.p_adjusted)}, P(within) ${fixed(own.equivalence.probability_within, 3)}`]] : []),
    ...(known(own.seed_share) ? [["of its variance from the seeds", share(own.seed_share)]] : [])]));
}
function details(own) {
  const made = (field) => {
    if (field === "mcnemar") return own.mcnemar.map((one, i) => `${own.seeds[i]}: ${one.fixed} fixed, ${one.broken} broken, p ${chance(one.p)}`).join("; ") || "not computed";
    if (field === "order") return known(own.order) ? `${fixed(own.order)} (0: better throughout, 1: worse throughout; not a test)` : "not computed: fewer than 5 seeds";
    return known(own[field]) ? `p ${chance(own[field])}` : "not computed";
  };
  return make("details", {}, make("summary", { text: "Other tests, not decisive" }), list([
    ...facts.tests.details.map(({ field, name, samples }) => [`${name} (over ${samples})`, made(field)]),
    ["effect size", known(own.effect) ? fixed(own.effect) : "not known"],
    ["detectable", known(own.detectable) ? `${points(own.detectable)} in 4 of 5 studies of as many seeds and examples` : "not known"]]));
}
function classTable(arm) {
  if (!arm.classes || !arm.classes.length) return null;
  const head = ["class", "examples", "precision", "recall", "F1"];
  return make("details", {}, make("summary", { text: "By class, mean over the seeds, %" }), make("div", { class: "scroll" }, make("table", { class: "plain" },
    make("thead", {}, make("tr", {}, head.map((text, i) => make("th", { class: i ? "number" : null, scope: "col", text })))),
    make("tbody", {}, arm.classes.map((one) => make("tr", {}, make("th", { scope: "row", text: one.label }),
      [whole(one.examples), ...[one.precision, one.recall, one.f1].map((value) => fixed(value * 100, 1))].map((text) => make("td", { class: "number", text }))))))));
}
function toggle(name) {
  if (!state.open.delete(name)) state.open.add(name);
  showArms();
  // Drawing has replaced the button that had the focus.
  [...document.querySelectorAll("tr.arm")].find((row) => row.dataset.arm === name).querySelector("button").focus();
}
function sortBy(name) {
  [state.key, state.up] = state.key === name ? (state.up ? [name, false] : ["", true]) : [name, true];
  showArms();
}
function showArms() {
  const found = visible(), scale = forestScale(found.filter((arm) => arm.comparison));
  place("results").classList.toggle("alone", !facts.arms.some((arm) => arm.comparison));
  const order = (name) => state.key === name ? (state.up ? "ascending" : "descending") : null;
  place("arms").tHead.replaceChildren(make("tr", {}, keys.map(([name, kind]) =>
    make("th", { class: kind, scope: "col", "aria-sort": order(name) }, make("button", { type: "button", text: name, click: () => sortBy(name) })))));
  place("arms").tBodies[0].replaceChildren(...sorted(found).flatMap((arm) => armRow(arm, scale)));
  const labels = scale.found.map((tick) => draw("text", { x: scale.at(tick / facts.scale), y: 15, "text-anchor": "middle",
    text: (tick > 0 ? "+" : "") + fixed(tick, scale.digits) }));
  place("arms").tFoot.replaceChildren(make("tr", { class: "foot" }, make("td"), make("td"), make("td", { class: "plot" }, draw("svg", { class: "axis" }, labels)), make("td", { colspan: 4 })));
  place("sort").value = state.key;
  place("count").textContent = `${found.length} of ${facts.arms.length} arms`;
}
drawn.results = showArms;
once.results = () => {
  place("arms-caption").append(...facts.notes.slice(1).map((text) => make("p", { text })));
  // A study of one arm, or one that has just begun, has scores and nothing to compare.
  if (facts.arms.some((arm) => arm.comparison)) return;
  place("results").querySelector("h2").textContent = "Scores";
  place("results").querySelector(".say").textContent = "Select an arm to see its seeds and classes, a heading to sort.";
};
