// What each arm changes, and its whole config; drawn once, since it depends on no filter.
once.changes = () => {
  place("changes").replaceChildren(...facts.arms.map((arm) => make("details", {}, make("summary", { text: arm.name }),
    arm.about ? make("p", { text: arm.about }) : null,
    make("ul", {}, [...arm.changes, ...arm.dropped].map((text) => make("li", {}, make("code", { text }))), arm.changes.length ? null : make("li", { text: "nothing: the base as it is" })),
    make("pre", { text: JSON.stringify(arm.config, null, 2) }))));
};
