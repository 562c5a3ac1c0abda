// Combinations of two axes.
const axes = [...new Set(facts.arms.flatMap((arm) => Object.keys(arm.choice || {})))];
const gridArms = facts.arms.filter((arm) => Object.keys(arm.choice || {}).length > 1);
function showGrid() {
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
  place("heat-caption").textContent = `${state.heat === "mean" ? "Mean score; colours are against the mean of all cells" : "Difference from the baseline; * significant"}. `
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
drawn.combinations = showGrid;
