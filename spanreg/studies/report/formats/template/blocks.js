// Sections that panels describe as paragraphs, tables and charts.
const PALETTE = ["var(--focus)", "var(--worse)", "var(--right)", "var(--c4)", "var(--c5)", "var(--c6)"];
const number = (value, digits = 2) => fixed(value, digits);
const signless = (text) => text.replace(/^-/, "\u2212");
const spelled = (cell) => cell.map((piece) => typeof piece === "string" ? piece : signless(piece.text)).join("");
const scrolled = (label, ...children) => make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": label || "Table" }, ...children);
function blockTable(block) {
  const kind = (i) => block.rows.length && block.rows.every((row) => i && (row[i].some((piece) => typeof piece !== "string") || /^[-+\u2212<]?\s*[\d.,]+ ?[%x*]*$|^$/.test(spelled(row[i]))));
  const numeric = block.columns.map((_, i) => kind(i) ? "number" : null);
  return [scrolled(block.caption, make("table", { class: "plain" },
    make("thead", {}, make("tr", {}, block.columns.map((text, i) => make("th", { scope: "col", class: numeric[i], text })))),
    make("tbody", {}, block.rows.map((row) => make("tr", {}, row.map((cell, i) =>
      make(i ? "td" : "th", { class: numeric[i], scope: i ? null : "row", text: spelled(cell) }))))))),
  make("div", { class: "caption" }, block.notes.map((text) => make("p", { text })))];
}
function legend(items) {
  return items.length < 2 ? null : make("p", { class: "caption" }, items.map(([name, colour]) => {
    const key = make("span", { class: "key", "aria-hidden": "true" });
    key.style.background = colour;
    return [key, name];
  }));
}
const CHARTS = {
  intervals(box, { rows, axis, zero, margin }, title) {
    const values = [zero, ...(known(margin) ? [zero - margin, zero + margin] : []), ...rows.flatMap((row) => [row.value, row.low, row.high, ...row.dots])];
    const [low, high] = padded(values), at = (value) => `${(100 * (value - low) / (high - low)).toFixed(3)}%`, { found, digits } = ticksOf(low, high, 5);
    const sign = (value) => (value > 0 && zero === 0 ? "+" : "") + number(value);
    // 36 is the height of .row in page.css.
    const line = (row, i) => {
      const interval = known(row.low) && known(row.high) ? `95 % interval ${sign(row.low)} to ${sign(row.high)}` : "no interval";
      const text = known(row.value) ? `${row.name}\n${sign(row.value)}, ${interval}` : `${row.name}\nnot known`;
      const heading = row.group && row.group !== (rows[i - 1] || {}).group ? make("div", { class: "group", text: row.group }) : null;
      return [heading, make("div", { class: "name" }, breakable(row.name)), draw("svg", { class: `row ${row.verdict}`, role: "img", "aria-label": text },
        known(margin) ? draw("rect", { class: "noise", x: at(zero - margin), width: `${(200 * margin / (high - low)).toFixed(3)}%`, y: 0, height: 36 }) : null,
        found.map((tick) => draw("line", { class: tick === zero ? "zero" : "rule", x1: at(tick), x2: at(tick), y1: 0, y2: 36 })),
        known(row.low) && known(row.high) ? draw("line", { class: "interval", x1: at(row.low), x2: at(row.high), y1: 18, y2: 18, "data-tip": text }) : null,
        row.dots.filter(known).map((value) => draw("circle", { class: "seed", cx: at(value), cy: 27, r: 3, "data-tip": sign(value) })),
        known(row.value) ? draw("svg", { x: at(row.value), y: 18, overflow: "visible" }, draw("path", { class: "mean", d: "M0,-6.5 L6.5,0 L0,6.5 L-6.5,0 Z", "data-tip": text })) : null)];
    };
    box.replaceChildren(make("div", { class: "intervals", role: "group", "aria-label": title }, rows.map(line),
      make("div", { class: "name foot", text: axis }), draw("svg", { class: "axis", "aria-hidden": "true" }, found.map((tick) => draw("text", { x: at(tick), y: 15, "text-anchor": "middle", text: (tick > 0 && zero === 0 ? "+" : "") + fixed(tick, digits) })))));
  },
  lines(box, { lines, across, up, logarithmic, dots }, title) {
    const scale = (value) => logarithmic ? Math.log10(Math.max(value, Number.MIN_VALUE)) : value;
    const plain = lines.filter((line) => line.role === "plain"), few = plain.length <= PALETTE.length;
    const colour = (line) => line.role === "baseline" ? "var(--ground)" : line.role === "focus" ? "var(--focus)" : few ? PALETTE[plain.indexOf(line)] : "var(--other)";
    const points = lines.flatMap((line) => line.points);
    chart(box, 280, points.map(([x]) => scale(x)), [...points.map(([, y]) => y), ...lines.flatMap((line) => line.spread.flat())],
      { x: (tick, digits) => logarithmic ? whole(Number((10 ** tick).toPrecision(2))) : fixed(tick, digits), y: (tick, digits) => fixed(tick, digits), name: across }, (x, y) => lines.map((line) => {
        const last = line.points[line.points.length - 1], tip = last && `${line.name}\nat the end ${number(last[1])}`;
        const own = draw("g", { class: "own" },
          draw("polyline", { class: `curve ${line.role === "baseline" ? "base" : ""}`, points: line.points.map((point) => `${x(scale(point[0])).toFixed(1)},${y(point[1]).toFixed(1)}`).join(" "), "data-tip": tip }),
          line.spread.map(([low, high], i) => known(low) && known(high) ? draw("line", { class: "interval thin", x1: x(scale(line.points[i][0])), x2: x(scale(line.points[i][0])), y1: y(low), y2: y(high) }) : null),
          dots || line.points.length < 2 ? line.points.map(([at, value]) => draw("circle", { class: "mean", cx: x(scale(at)), cy: y(value), r: 3.5, "data-tip": `${line.name}\n${across} ${minus(String(at))}: ${number(value)}` })) : null);
        own.style.setProperty("--own", colour(line));
        return own;
      }), `${title}: ${up}`);
    box.prepend(make("p", { class: "caption", text: up }));
    const items = legend(lines.filter((line) => few || line.role !== "plain").map((line) => [line.name, colour(line)]));
    if (items) box.append(items);
  },
  points(box, { points: found, across, up, origin }, title) {
    const [x0, y0] = origin || [null, null];
    chart(box, 300, [...found.map((one) => one.x), x0], [...found.flatMap((one) => [one.y, one.low, one.high]), y0],
      { x: (tick, digits) => fixed(tick, digits), y: (tick, digits) => fixed(tick, digits), name: across }, (x, y, width) => {
        // 262 is the lower end of the plot, since chart() keeps 38 of the 300 for the axis. All points are blocked
        // before the first name is placed, so that no name covers a point.
        const { block, name } = labels(width, 262);
        for (const one of found) block(x(one.x), y(one.y));
        return [known(y0) ? draw("line", { class: "zero", x1: 52, x2: width - 12, y1: y(y0), y2: y(y0) }) : null,
          known(x0) ? draw("line", { class: "zero", x1: x(x0), x2: x(x0), y1: 10, y2: 262 }) : null,
          found.map((one) => draw("g", { class: one.verdict, "data-tip": `${one.name}\n${number(one.x)}, ${number(one.y)}` },
            known(one.low) && known(one.high) ? draw("line", { class: "interval thin", x1: x(one.x), x2: x(one.x), y1: y(one.low), y2: y(one.high) }) : null,
            draw("circle", { class: "mean", cx: x(one.x), cy: y(one.y), r: 5.5 }), name(one.name, [x(one.x), y(one.y)])))];
      }, title);
    box.prepend(make("p", { class: "caption", text: up }));
  },
  matrix(box, { rows, columns, values, texts, centre, greater_is_better }, title) {
    const widest = Math.max(...values.flat().filter(known).map((value) => Math.abs(value - centre)), 1e-12);
    const cell = (value, text) => {
      const made = make("td", { text: text === "" ? "\u2013" : signless(text) });
      if (known(value)) made.style.backgroundColor = `color-mix(in oklab, var(--${(value > centre) === greater_is_better ? "better" : "worse"}) ${Math.round(Math.abs(value - centre) / widest * 62)}%, var(--faint))`;
      return made;
    };
    box.replaceChildren(scrolled(title, make("table", { class: "heat" },
      make("thead", {}, make("tr", {}, make("td"), columns.map((text) => make("th", { scope: "col" }, breakable(text))))),
      make("tbody", {}, rows.map((name, i) => make("tr", {}, make("th", { scope: "row" }, breakable(name)), values[i].map((value, j) => cell(value, texts[i][j]))))))));
  },
  ranks(box, { names, ranks, groups, critical_difference: critical }, title) {
    const width = Math.max(box.clientWidth || document.querySelector("main").clientWidth - 40, 260), edge = Math.min(width * .3, 190), least = 1, most = Math.max(names.length, 2);
    const x = (rank) => edge + (width - 2 * edge) * (rank - least) / (most - least), order = names.map((_, i) => i).sort((a, b) => ranks[a] - ranks[b]);
    const half = Math.ceil(order.length / 2), top = 46 + groups.length * 9, letters = Math.floor((edge - 8) / 6.4);
    const shortened = (name) => name.length > letters ? `${name.slice(0, Math.max(letters - 1, 1))}\u2026` : name;
    // Names that differ only at their ends lose their beginnings.
    const short = new Set(names.map(shortened)).size === new Set(names).size ? shortened
      : (name) => name.length > letters ? `\u2026${name.slice(-Math.max(letters - 1, 1))}` : name;
    const text = order.map((i) => `${names[i]} ${number(ranks[i])}`).join(", ");
    const leader = (i, place) => {
      const left = place < half, y = top + (left ? place : order.length - 1 - place) * 19 + 12, end = left ? edge - 6 : width - edge + 6;
      return draw("g", { "data-tip": `${names[i]}\naverage rank ${number(ranks[i])}` },
        draw("polyline", { class: "leader", points: `${x(ranks[i])},34 ${x(ranks[i])},${y} ${end},${y}` }),
        draw("text", { class: "label", x: left ? end - 4 : end + 4, y: y + 4, "text-anchor": left ? "end" : "start", text: short(names[i]) }));
    };
    box.replaceChildren(draw("svg", { height: top + half * 19 + 14, role: "img", "aria-label": `${title}. ${text}` },
      draw("line", { class: "frame", x1: x(least), x2: x(most), y1: 34, y2: 34 }),
      Array.from({ length: most }, (_, i) => [draw("line", { class: "frame", x1: x(i + 1), x2: x(i + 1), y1: 29, y2: 34 }), draw("text", { x: x(i + 1), y: 24, "text-anchor": "middle", text: String(i + 1) })]),
      known(critical) ? [draw("line", { class: "clique", x1: x(1), x2: x(Math.min(1 + critical, most)), y1: 5, y2: 5 }), draw("text", { x: x(Math.min(1 + critical, most)) + 6, y: 9, text: `${edge < 150 ? "CD" : "critical difference"} ${number(critical)}` })] : null,
      groups.map((group, i) => draw("line", { class: "clique", x1: x(Math.min(...group.map((one) => ranks[one]))) - 4, x2: x(Math.max(...group.map((one) => ranks[one]))) + 4, y1: 43 + i * 9, y2: 43 + i * 9 })),
      order.map(leader)));
  },
  bars(box, { bars, across, up }, title) {
    const top = Math.max(...bars.map((bar) => bar.value).filter(known), 1e-12), wide = 100 / Math.max(bars.length, 1);
    box.replaceChildren(make("p", { class: "caption", text: up }), draw("svg", { height: 130, role: "img", "aria-label": `${title}: ${bars.map((bar) => `${bar.name} ${whole(bar.value)}`).join(", ")}` },
      bars.map((bar, i) => [draw("rect", { class: "bar", x: `${i * wide + wide * .1}%`, width: `${wide * .8}%`, y: 92 - 84 * bar.value / top, height: 84 * bar.value / top, "data-tip": `${bar.name}: ${whole(bar.value)}` }),
        draw("text", { x: `${(i + .5) * wide}%`, y: 108, "text-anchor": "middle", text: bar.name })]),
      draw("line", { class: "frame", x1: 0, x2: "100%", y1: 92.5, y2: 92.5 }), draw("text", { x: "50%", y: 126, "text-anchor": "middle", text: across })));
  },
};
function showBlocks(section, panel) {
  section.id = `panel-${panel.name.replace(/\W+/g, "-")}`;
  const figures = panel.blocks.filter((block) => block.kind === "figure"), draws = [];
  const made = panel.blocks.map((block) => {
    if (block.kind === "paragraph") return make("p", { text: block.text });
    if (block.kind === "table") return block.folded ? make("details", {}, make("summary", { text: `As a table: ${block.caption || panel.title}` }), blockTable(block)) : [...(block.caption ? [make("p", { class: "table-title", text: block.caption })] : []), ...blockTable(block)];
    const box = make("div", { class: "chart" });
    draws.push(() => CHARTS[block.chart.kind](box, block.chart, block.title));
    return make("figure", {}, figures.length > 1 ? make("figcaption", { text: block.title }) : null, box,
      block.caption ? make("p", { class: "caption", text: block.caption }) : null);
  });
  section.append(make("h2", { text: panel.title }), ...made.flat());
  // Charts need the width of their box, so they are drawn once it is in the page.
  for (const one of draws) one();
  resized.push(...draws);
}
