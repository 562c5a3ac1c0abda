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
const answers = (name, given, gold) => [make("span", { text: `${name}: ` }), given.map((one, i) => [i ? ", " : "", make("span", { class: one === gold ? "right" : "wrong", text: `${one === gold ? "\u2713" : "\u2717"} ${one}` })])];
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
  if (!own) { place("shown").replaceChildren(); place("example-say").textContent = "No arm is selected."; place("example-choices").replaceChildren(); return; }
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
    + "Shaded: spans of several words, under the first seed. \u2713 is right, \u2717 wrong.";
}
