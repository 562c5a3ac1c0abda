// Gain of each piece alone and on top of the others.
function showPieces() {
  const head = ["piece", "alone", "on top of the others", "difference", "95 % interval", "p", "verdict"];
  place("interactions").replaceChildren(
    make("thead", {}, make("tr", {}, head.map((text) => make("th", { text })))),
    make("tbody", {}, facts.interactions.map((row) => make("tr", {}, [row.piece, signed(row.alone), signed(row.on_top), signed(row.difference),
      range(row.low, row.high), chance(row.p), row.verdict].map((text) => make("td", { text }))))));
  place("interactions-caption").textContent = `Gain of each piece alone (add one), and on top of all others (leave one out), in ${unit}. Redundant: it gains more alone, since `
    + `others do a part of its work. Synergistic: it gains more with the others. p is not corrected. ${facts.caption}.`;
}
drawn.interactions = showPieces;
