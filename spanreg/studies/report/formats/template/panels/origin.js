// Environment and study file; drawn once.
once.origin = () => {
  const spelt = (value) => typeof value === "string" ? value
    : value && typeof value === "object" && !Array.isArray(value) ? Object.entries(value).map(([name, one]) => `${name} ${spelt(one)}`).join(", ") : JSON.stringify(value);
  place("environment").append(...Object.entries(facts.environment.same).filter(([, value]) => value !== null).flatMap(([name, value]) => [make("dt", { text: name }), make("dd", { text: spelt(value) })]),
    ...(facts.environment.differing.length ? [make("dt", { text: "differs between runs" }), make("dd", { text: facts.environment.differing.join(", ") })] : []));
  place("source").textContent = facts.source || "not kept";
};
