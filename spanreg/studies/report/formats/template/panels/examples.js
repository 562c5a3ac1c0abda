// Examples that the arm fixes and breaks.
function textWith(text, spans) {
  // Spans count code points, as Python does; indices of JavaScript's strings count UTF-16 units.
  const letters = Array.from(text), parts = [];
  let at = 0, several = 0;
  for (const [start, end, words] of spans || []) {
    if (words < 2) continue;
    parts.push(letters.slice(at, start).join(""), make("mark", { class: several++ % 2 ? "second" : null, "data-tip": `a span of ${words} words`, text: letters.slice(start, end).join("") }));
    at = end;
  }
  return [...parts, letters.slice(at).join("")];
}
const answers = (name, given, gold) => [make("span", { text: `${name}: ` }), given.map((one, i) => [i ? ", " : "", make("span", { class: one === gold ? "right" : "wrong", text: `${one === gold ? "\u2713" : "\u2717"} ${one}` })])];
function exampleCard(one) {
  return make("div", { class: "example" },
    one.text === undefined ? make("p", { class: "text", text: `idx ${one.idx}` }) : make("p", { class: "text" }, textWith(one.text, one[state.spans])),
    one.pair === undefined ? null : make("p", { class: "text" }, textWith(one.pair, one[`pair_${state.spans}`])),
    make("p", { class: "verdicts" }, `gold: ${one.gold} · `, answers("baseline", one.baseline, one.gold), " · ", answers("arm", one.arm, one.gold)));
}
function showExamples() {
  const known = facts.examples || {}, names = visible().map((arm) => arm.name).filter((name) => known[name]);
  if (!names.includes(state.arm)) state.arm = names.includes(state.focus) ? state.focus : names[0] || "";
  const own = known[state.arm];
  if (!own) { place("shown").replaceChildren(); place("example-say").textContent = "No arm is selected."; place("example-choices").replaceChildren(); return; }
  const both = own.shown.some((one) => one.baseline_spans);
  place("example-choices").replaceChildren(picker("arm", names, state.arm, (value) => { state.arm = value; showExamples(); }),
    ...(both ? [segments([["spans", "the arm's spans"], ["baseline_spans", "the baseline's"]], state.spans, (value) => { state.spans = value; showExamples(); })] : []));
  if (!both) state.spans = "spans";
  place("example-say").textContent = `Against '${arms.get(state.arm).against}', the arm fixes ${fixed(own.fixed, 1)} examples and breaks ${fixed(own.broken, 1)}, as means over the seeds.`
    + (own.problem ? ` ${own.problem[0].toUpperCase()}${own.problem.slice(1)}.` : "");
  place("shown").replaceChildren(...[["Fixed", 1], ["Broken", -1]].map(([name, sign]) => {
    const found = own.shown.filter((one) => one.gain * sign > 0);
    return make("div", {}, make("h3", { text: name }), found.length ? found.map(exampleCard) : make("p", { class: "say", text: "None." }));
  }));
  place("examples-caption").textContent = `Some examples of ${facts.split}, first those on which most of the seeds ${own.seeds.join(", ")} agree; predictions in the order of the seeds. `
    + "Shaded: spans of several words, under the first seed. \u2713 is right, \u2717 wrong.";
}
drawn.examples = showExamples;
