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
  // Later lines are drawn over earlier ones, so the highlighted arm is last.
  lines.sort((a, b) => ["", "base", "focus"].indexOf(a.kind) - ["", "base", "focus"].indexOf(b.kind));
  const singles = chosen ? chosen.curves.map((curve) => ({ arm: chosen, kind: "single", seed: curve.seed, points: curve[name].filter((point) => known(point[value])).map((point) => [point.step, point[value]]) })) : [];
  const all = [...lines, ...singles].flatMap((line) => line.points);
  place(id).closest("figure").hidden = !lines.some((line) => line.points.length > 1);
  if (!all.length) return place(id).replaceChildren();
  chart(place(id), 260, all.map(([step]) => step), all.map(([, one]) => one * scale), { x: (tick) => whole(tick), y: (tick, places) => fixed(tick, places), name: "step" },
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
drawn.learning_curves = showCurves;
resized.push(() => { if (chosen.includes("learning_curves")) showCurves(); });
