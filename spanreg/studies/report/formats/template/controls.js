// Controls that several sections have.
function segments(items, current, choose) {
  return make("div", { class: "segments" }, items.map(([value, text]) =>
    make("button", { type: "button", "aria-pressed": String(value === current), text, click: () => choose(value) })));
}
function picker(text, values, current, choose) {
  const list = make("select", { change: (event) => choose(event.target.value) }, values.map((value) => make("option", { value, text: value })));
  list.value = current;
  return make("label", { class: "field" }, make("span", { text }), list);
}
// Names of combinations are long: they may break after a comma, or before what an axis chooses.
const breakable = (name) => make("span", {}, name.split(/(?<=[,=])/).map((part) => [part, make("wbr")]));
