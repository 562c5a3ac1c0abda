const COSTS = { seconds_ratio: ["time", "training time"], memory_ratio: ["memory", "peak memory"], parameters_ratio: ["weights", "number of weights"] };
// Ratios of training time seed by seed, against the baseline under the same seed: their spread is the noise of measuring.
const spreadOf = (arm) => state.cost === "seconds_ratio" ? finite(arm.seconds_ratios || []) : [];
function noise() {
  const all = facts.arms.filter(isBase).flatMap((arm) => finite(arm.seconds_by_seed || []).map((value) => value / arm.seconds));
  return all.length > 1 ? [Math.min(...all), Math.max(...all)] : null;
}
function costPoint(arm, x, y, name) {
  const own = arm.comparison, at = [x(arm[state.cost]), y(own.difference * facts.scale)], spread = spreadOf(arm);
  const seconds = spread.length > 1 ? ` (${times(Math.min(...spread))} to ${times(Math.max(...spread))} by seed)` : "";
  const tip = `${arm.name}\n${signed(own.difference)} (${range(own.low, own.high) || "no interval"})\n${times(arm.seconds_ratio)} time${seconds}, ${known(arm.memory_ratio) ? `${times(arm.memory_ratio)} memory, ` : ""}${times(arm.parameters_ratio)} weights`;
  return draw("g", { class: verdict(arm), "data-tip": tip },
    range(own.low, own.high) ? draw("line", { class: "interval thin", x1: at[0], x2: at[0], y1: y(own.low * facts.scale), y2: y(own.high * facts.scale) }) : null,
    spread.length > 1 ? draw("line", { class: "interval thin", x1: x(Math.min(...spread)), x2: x(Math.max(...spread)), y1: at[1], y2: at[1] }) : null,
    draw("circle", { class: "mean", cx: at[0], cy: at[1], r: 5.5 }), name(arm.name, at));
}
function showCost() {
  // Runs of earlier versions did not record their memory.
  const choices = Object.entries(COSTS).filter(([field]) => facts.arms.some((arm) => known(arm[field]))).map(([field, [name]]) => [field, name]);
  const found = compared().filter((arm) => known(arm[state.cost]) && known(arm.comparison.difference));
  place("cost-choices").replaceChildren(segments(choices, state.cost, (value) => { state.cost = value; showCost(); }));
  const noun = COSTS[state.cost][1];
  const ends = found.flatMap(({ comparison: own }) => [own.low, own.high, own.difference]).filter(known);
  const band = state.cost === "seconds_ratio" ? noise() : null;
  chart(place("cost"), 300, [1, ...(band || []), ...found.flatMap((arm) => [arm[state.cost], ...spreadOf(arm)])], [0, ...ends].map((end) => end * facts.scale),
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
  place("cost-caption").textContent = `Difference in ${unit} with its 95 % interval, against ${noun} as a multiple of the baseline's. ${facts.greater_is_better ? "Up" : "Down"} and to the left is better. `
    + (state.cost === "seconds_ratio" ? "Horizontal bars: smallest and largest ratio by seed. "
      + (band ? `Grey: the baseline under its own seeds, ${times(band[0])} to ${times(band[1])} of its mean; a difference in time within it is noise. ` : "")
      + "Times are of training alone and depend on the load of the machine." : "")
    + (state.cost === "memory_ratio" ? "Peak memory is that of the whole process on the CPU, and what torch allocates on a GPU." : "");
}
drawn.cost = showCost;
resized.push(() => { if (chosen.includes("cost")) showCost(); });
