// Spans: arms whose figures are the same share a picture.
function showSpans() {
  const groups = new Map();
  for (const arm of visible().filter((one) => one.spans && one.reads_spans)) {
    const key = JSON.stringify(arm.spans);
    groups.set(key, [...(groups.get(key) || []), arm]);
  }
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
drawn.spans = showSpans;
