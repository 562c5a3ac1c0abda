// Drawn once: they depend on no filter.
function showOrigin() {
  place("changes").replaceChildren(...facts.arms.map((arm) => make("details", {}, make("summary", { text: arm.name }),
    arm.about ? make("p", { text: arm.about }) : null,
    make("ul", {}, [...arm.changes, ...arm.dropped].map((text) => make("li", {}, make("code", { text }))), arm.changes.length ? null : make("li", { text: "nothing: the base as it is" })),
    make("pre", { text: JSON.stringify(arm.config, null, 2) }))));
  const spelt = (value) => typeof value === "string" ? value
    : value && typeof value === "object" && !Array.isArray(value) ? Object.entries(value).map(([name, one]) => `${name} ${spelt(one)}`).join(", ") : JSON.stringify(value);
  place("environment").append(...Object.entries(facts.environment.same).filter(([, value]) => value !== null).flatMap(([name, value]) => [make("dt", { text: name }), make("dd", { text: spelt(value) })]),
    ...(facts.environment.differing.length ? [make("dt", { text: "differs between runs" }), make("dd", { text: facts.environment.differing.join(", ") })] : []));
  place("source").textContent = facts.source || "not kept";
}
function showHead() {
  document.title = `${facts.study}: report`;
  place("name").textContent = facts.study;
  // A study of one arm, or one that has just begun, has scores and nothing to compare.
  if (!facts.arms.some((arm) => arm.comparison)) {
    place("results").querySelector("h2").textContent = "Scores";
    place("results").querySelector(".say").textContent = "Select an arm to see its seeds and classes, a heading to sort.";
  }
  place("about").textContent = facts.about;
  place("headline").textContent = facts.headline;
  const seeds = new Set(facts.arms.flatMap((arm) => arm.seeds));
  const sizes = [...new Set(facts.arms.map((arm) => arm.training_examples).filter(known))].sort((a, b) => a - b);
  const trained = sizes.length ? [`trained on ${[...new Set([sizes[0], sizes[sizes.length - 1]])].map(whole).join(" to ")} examples`] : [];
  place("chips").append(...[`${facts.finished} of ${facts.planned} runs finished`, counted(facts.arms.length, "arm"), counted(seeds.size, "seed"), ...trained, facts.caption.split(";")[0], `baseline: ${facts.baseline}`]
    .map((text) => make("li", { text })));
  place("arms-caption").append(...facts.notes.slice(1).map((text) => make("p", { text })));
  for (const text of facts.warnings || []) place("warnings").append(make("p", { class: "warning", text }));
  if (facts.left) place("warnings").append(make("p", { class: "warning", text: facts.left }));
}
function showAll() {
  for (const show of [showArms, showGrid, showPieces, showSelection, showCost, showCurves, showSpans, showExamples]) show();
}
function setUp() {
  const tags = [...new Set(facts.arms.flatMap((arm) => arm.tags))];
  place("tags").hidden = !tags.length;
  place("by-tag").append(make("option", { value: "", text: "all" }), ...tags.map((tag) => make("option", { value: tag, text: tag })));
  place("sort").append(make("option", { value: "", text: "as in the study" }), ...keys.map(([name]) => make("option", { value: name, text: name })));
  place("sort").addEventListener("change", (given) => { [state.key, state.up] = [given.target.value, true]; showArms(); });
  place("focus").append(...facts.arms.filter((arm) => arm.scores.length).map((arm) => make("option", { value: arm.name, text: arm.name })));
  place("focus").value = state.focus;
  for (const [id, name, event] of [["by-name", "name", "input"], ["by-tag", "tag", "change"], ["focus", "focus", "change"]])
    place(id).addEventListener(event, (given) => { state[name] = given.target.value; if (name === "focus") state.arm = ""; showAll(); });
  place("significant").addEventListener("change", (given) => { state.significant = given.target.checked; showAll(); });
  const themes = ["automatic", "light", "dark"];
  let theme = 0;
  const paint = () => { document.documentElement.dataset.theme = themes[theme]; place("theme").textContent = `Colours: ${themes[theme]}`; };
  place("theme").addEventListener("click", () => { theme = (theme + 1) % themes.length; paint(); });
  paint();
  for (const kind of ["pointerover", "focusin", "click"]) document.addEventListener(kind, tell);
  addEventListener("scroll", () => { place("tip").hidden = true; }, { passive: true });
  let width = innerWidth;
  addEventListener("resize", () => { if (width !== innerWidth) { width = innerWidth; showCost(); showCurves(); } });
}
function tell(event) {
  const over = event.target.closest && event.target.closest("[data-tip]"), tip = place("tip");
  tip.hidden = !over;
  if (!over) return;
  tip.textContent = over.dataset.tip;
  const box = over.getBoundingClientRect(), x = event.clientX || box.left, below = box.bottom + tip.offsetHeight + 10 < innerHeight;
  const y = event.clientY && box.height > 60 ? event.clientY + 14 : below ? box.bottom + 6 : box.top - tip.offsetHeight - 6;
  tip.style.top = `${y}px`;
  tip.style.left = `${Math.max(8, Math.min(x, innerWidth - tip.offsetWidth - 8))}px`;
}
showHead();
setUp();
showAll();
showOrigin();
