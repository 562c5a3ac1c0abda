// What reporting the best evaluation of the best seed adds; only where the report was asked for it.
function showSelection() {
  const found = facts.selection;
  const head = ["arm", "best evaluation of the best seed", "unbiased", "selection adds", "evaluations", "seeds"];
  place("selection").replaceChildren(
    make("thead", {}, make("tr", {}, head.map((text) => make("th", { text })))),
    make("tbody", {}, found.map((row) => make("tr", {}, [row.arm, `${points(row.released)} (seed ${row.best_seed}${known(row.best_step) ? `, step ${row.best_step}` : ""})`,
      points(row.unbiased), signed(row.difference), whole(row.evaluations), whole(row.seeds)].map((text) => make("td", { text }))))));
  place("selection-caption").textContent = facts.selection_notes.join(" ");
}
drawn.selection = showSelection;
