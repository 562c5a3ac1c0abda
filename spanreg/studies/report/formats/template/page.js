function showHead() {
  document.title = `${facts.study}: report`;
  place("name").textContent = facts.study;
  place("about").textContent = facts.about;
  place("headline").textContent = facts.headline;
  const seeds = new Set(facts.arms.flatMap((arm) => arm.seeds));
  const sizes = [...new Set(facts.arms.map((arm) => arm.training_examples).filter(known))].sort((a, b) => a - b);
  const trained = sizes.length ? [`trained on ${[...new Set([sizes[0], sizes[sizes.length - 1]])].map(whole).join(" to ")} examples`] : [];
  // A study without a registration is exploratory by default, which would be no news.
  const mark = facts.registration && facts.registration.registered ? [facts.registration.kind] : [];
  place("chips").append(...[`${facts.finished} of ${facts.planned} runs finished`, counted(facts.arms.length, "arm"), counted(seeds.size, "seed"), ...trained, facts.caption.split(";")[0], `baseline: ${facts.baseline}`, ...mark]
    .map((text) => make("li", { text })));
  for (const text of facts.warnings || []) place("warnings").append(make("p", { class: "warning", text }));
  if (facts.left) place("warnings").append(make("p", { class: "warning", text: facts.left }));
}
const chosen = facts.panels.map((panel) => panel.name);
function showAll() {
  for (const name of chosen) if (drawn[name]) drawn[name]();
  showContents();
}
function showOnce() {
  for (const name of chosen) if (once[name]) once[name]();
  for (const section of document.querySelectorAll("section[data-panel]")) showBlocks(section, facts.panels[section.dataset.panel]);
}
// Links to the sections that are visible: a filter may leave one with nothing to show.
function showContents() {
  const sections = [...document.querySelectorAll("main > section")].filter((section) => !section.hidden);
  place("contents").hidden = sections.length < 2;
  place("contents").firstElementChild.replaceChildren(...sections.map((section) =>
    make("li", {}, make("a", { href: `#${section.id}`, text: section.querySelector("h2").textContent }))));
}
function setUp() {
  const tags = [...new Set(facts.arms.flatMap((arm) => arm.tags))];
  place("tags").hidden = !tags.length;
  place("by-tag").append(make("option", { value: "", text: "all" }), ...tags.map((tag) => make("option", { value: tag, text: tag })));
  place("sort").closest("label").hidden = !chosen.includes("results");
  place("sort").append(make("option", { value: "", text: "as in the study" }), ...keys.map(([name]) => make("option", { value: name, text: name })));
  place("sort").addEventListener("change", (given) => { [state.key, state.up] = [given.target.value, true]; showArms(); });
  place("focus").append(...facts.arms.filter((arm) => arm.scores.length).map((arm) => make("option", { value: arm.name, text: arm.name })));
  place("focus").value = state.focus;
  // The examples follow the highlighted arm again, even if another one was chosen for them.
  for (const [id, name, event] of [["by-name", "name", "input"], ["by-tag", "tag", "change"], ["focus", "focus", "change"]])
    place(id).addEventListener(event, (given) => { state[name] = given.target.value; if (name === "focus") state.arm = ""; showAll(); });
  place("significant").addEventListener("change", (given) => { state.significant = given.target.checked; showAll(); });
  const themes = ["automatic", "light", "dark"];
  let theme = 0;
  const paint = () => { document.documentElement.dataset.theme = themes[theme]; place("theme").textContent = `Colours: ${themes[theme]}`; };
  place("theme").addEventListener("click", () => { theme = (theme + 1) % themes.length; paint(); });
  paint();
  for (const kind of ["pointerover", "focusin", "click"]) document.addEventListener(kind, tell);
  // The tip has its place in the window, so it would stay when its mark moves.
  addEventListener("scroll", () => { place("tip").hidden = true; }, { passive: true });
  let width = innerWidth;
  // Phones change the height alone when their address bar hides; charts depend on the width.
  addEventListener("resize", () => { if (width !== innerWidth) { width = innerWidth; for (const redraw of resized) redraw(); } });
}
function tell(event) {
  const over = event.target.closest && event.target.closest("[data-tip]"), tip = place("tip");
  tip.hidden = !over;
  if (!over) return;
  tip.textContent = over.dataset.tip;
  // An event of the keyboard has no position.
  const box = over.getBoundingClientRect(), x = event.clientX || box.left, below = box.bottom + tip.offsetHeight + 10 < innerHeight;
  const y = event.clientY && box.height > 60 ? event.clientY + 14 : below ? box.bottom + 6 : box.top - tip.offsetHeight - 6;
  tip.style.top = `${y}px`;
  tip.style.left = `${Math.max(8, Math.min(x, innerWidth - tip.offsetWidth - 8))}px`;
}
showHead();
setUp();
showOnce();
showAll();
