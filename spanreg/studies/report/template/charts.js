// Charts are drawn at their actual width, so that letters keep their size.
function chart(id, height, xs, ys, format, body, title) {
  const width = Math.max(place(id).clientWidth || place("results").clientWidth - 40, 220), left = 52, bottom = height - 38;
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
// Ratios of training time seed by seed, against the baseline under the same seed: their spread is the noise of measuring.
const spreadOf = (arm) => state.cost === "seconds_ratio" ? finite(arm.seconds_ratios || []) : [];
function noise() {
  const all = facts.arms.filter(isBase).flatMap((arm) => finite(arm.seconds_by_seed || []).map((value) => value / arm.seconds));
  return all.length > 1 ? [Math.min(...all), Math.max(...all)] : null;
}
// Places names beside their points: right or left of them, then a line above or below. Names without room are left to the tip.
function labels(width, bottom) {
  const boxes = [];
  const free = (left, top, size) => left > 52 && left + size < width && top > 10 && top < bottom
    && boxes.every((box) => left > box[0] + box[2] || left + size < box[0] || Math.abs(top - box[1]) > 15);
  return {
    block: (x, y) => boxes.push([x - 6, y, 12]),
    name: (text, [x, y]) => {
      const size = text.length * 6.6;
      for (const rise of [0, -18, 18]) for (const left of [x + 10, x - 10 - size]) {
        if (size > width / 3 || !free(left, y + rise, size)) continue;
        boxes.push([left, y + rise, size]);
        return draw("text", { class: "label", x: left < x ? x - 10 : left, y: y + rise + 4, "text-anchor": left < x ? "end" : "start", text });
      }
      return null;
    },
  };
}
function costPoint(arm, x, y, name) {
  const own = arm.comparison, at = [x(arm[state.cost]), y(own.difference * facts.scale)], spread = spreadOf(arm);
  const seconds = spread.length > 1 ? ` (${times(Math.min(...spread))} to ${times(Math.max(...spread))} by seed)` : "";
  const tip = `${arm.name}\n${signed(own.difference)} (${range(own.low, own.high) || "no interval"})\n${times(arm.seconds_ratio)} time${seconds}, ${times(arm.parameters_ratio)} weights`;
  return draw("g", { class: verdict(arm), "data-tip": tip },
    range(own.low, own.high) ? draw("line", { class: "interval thin", x1: at[0], x2: at[0], y1: y(own.low * facts.scale), y2: y(own.high * facts.scale) }) : null,
    spread.length > 1 ? draw("line", { class: "interval thin", x1: x(Math.min(...spread)), x2: x(Math.max(...spread)), y1: at[1], y2: at[1] }) : null,
    draw("circle", { class: "mean", cx: at[0], cy: at[1], r: 5.5 }), name(arm.name, at));
}
function showCost() {
  const found = compared().filter((arm) => known(arm[state.cost]) && known(arm.comparison.difference));
  place("costs").hidden = !facts.arms.some((arm) => arm.comparison);
  place("cost-choices").replaceChildren(segments([["seconds_ratio", "time"], ["parameters_ratio", "weights"]], state.cost, (value) => { state.cost = value; showCost(); }));
  const noun = state.cost === "seconds_ratio" ? "training time" : "number of weights";
  const ends = found.flatMap(({ comparison: own }) => [own.low, own.high, own.difference]).filter(known);
  const band = state.cost === "seconds_ratio" ? noise() : null;
  chart("cost", 300, [1, ...(band || []), ...found.flatMap((arm) => [arm[state.cost], ...spreadOf(arm)])], [0, ...ends].map((end) => end * facts.scale),
    { x: (tick, digits) => `${fixed(tick, digits)}×`, y: (tick, digits) => (tick > 0 ? "+" : "") + fixed(tick, digits), name: `${noun}, times the baseline's` },
    (x, y, width) => {
      const { block, name } = labels(width, 262);
      for (const arm of found) block(x(arm[state.cost]), y(arm.comparison.difference * facts.scale));
      return [
        band ? draw("rect", { class: "noise", x: x(band[0]), width: Math.max(x(band[1]) - x(band[0]), 1), y: 10, height: 252, "data-tip": `the baseline itself, by seed: ${times(band[0])} to ${times(band[1])}` }) : null,
        draw("line", { class: "zero", x1: 52, x2: width - 12, y1: y(0), y2: y(0) }),
        draw("line", { class: "zero", x1: x(1), x2: x(1), y1: 10, y2: 262 }),
        found.map((arm) => costPoint(arm, x, y, name))];
    }, `Difference against ${noun}`);
  place("cost-caption").textContent = `Difference in ${unit} with its 95 % interval, against ${noun} as a multiple of the baseline's. Up and to the left is better. `
    + (state.cost === "seconds_ratio" ? "Horizontal bars: smallest and largest ratio by seed. "
      + (band ? `Grey: the baseline under its own seeds, ${times(band[0])} to ${times(band[1])} of its mean; a difference in time within it is noise. ` : "")
      + "Times are of training alone and depend on the load of the machine." : "");
}

// Learning curves: one arm in colour, the baseline dashed, the others as a ground.
function meanCurve(arm, name, value) {
  const steps = new Map();
  for (const curve of arm.curves) for (const point of curve[name]) {
    if (!known(point[value])) continue;
    steps.set(point.step, [...(steps.get(point.step) || []), point[value]]);
  }
  return [...steps].sort((a, b) => a[0] - b[0]).map(([step, values]) => [step, values.reduce((a, b) => a + b) / values.length]);
}
function showCurve(id, name, value, scale, digits) {
  const found = visible().filter((arm) => arm.curves.length);
  const chosen = found.find((arm) => arm.name === state.focus);
  const lines = found.map((arm) => ({ arm, kind: arm === chosen ? "focus" : arm.name === facts.baseline ? "base" : "", points: meanCurve(arm, name, value) }));
  lines.sort((a, b) => ["", "base", "focus"].indexOf(a.kind) - ["", "base", "focus"].indexOf(b.kind));
  const singles = chosen ? chosen.curves.map((curve) => ({ arm: chosen, kind: "single", seed: curve.seed, points: curve[name].filter((point) => known(point[value])).map((point) => [point.step, point[value]]) })) : [];
  const all = [...lines, ...singles].flatMap((line) => line.points);
  place(id).closest("figure").hidden = !lines.some((line) => line.points.length > 1);
  if (!all.length) return place(id).replaceChildren();
  chart(id, 260, all.map(([step]) => step), all.map(([, one]) => one * scale), { x: (tick) => whole(tick), y: (tick, places) => fixed(tick, places), name: "step" },
    (x, y) => [...singles, ...lines].map((line) => {
      const last = line.points[line.points.length - 1];
      const tip = last && `${line.arm.name}${line.seed === undefined ? ", mean of the seeds" : `, seed ${line.seed}`}\nat the end ${fixed(last[1] * scale, digits)}`;
      const at = line.points.map(([step, one]) => `${x(step).toFixed(1)},${y(one * scale).toFixed(1)}`);
      return [draw("polyline", { class: `curve ${line.kind}`, points: at.join(" "), "data-tip": tip }),
        line.points.length < 2 ? line.points.map(([step, one]) => draw("circle", { class: "seed even", cx: x(step), cy: y(one * scale), r: 3, "data-tip": tip })) : null];
    }), name === "loss" ? "Training loss by step" : "Score by step");
}
function showCurves() {
  place("score-title").textContent = `${unit} on ${facts.split}`;
  showCurve("loss", "loss", "loss", 1, 3);
  showCurve("score", "evaluations", "score", facts.scale, 2);
  // A single point is not a curve, and the table shows it.
  place("curves").hidden = [...place("curves").querySelectorAll("figure")].every((one) => one.hidden);
  const others = visible().filter((arm) => arm.curves.length && arm.name !== state.focus);
  const legend = [`Blue: '${state.focus}', its seeds thin, their mean thick.`, others.some(isBase) ? "Dashed: the baseline." : "",
    others.some((arm) => !isBase(arm)) ? "Grey: the other arms." : ""].filter(Boolean).join(" ");
  place("curves-caption").textContent = `${legend} Means over the seeds; ${facts.part === "all" ? facts.caption : "the score is that of the whole split"}.`;
}
