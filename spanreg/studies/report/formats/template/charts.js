// Charts are drawn at their actual width, so that letters keep their size.
function chart(box, height, xs, ys, format, body, title) {
  // A box that is hidden has no width.
  const width = Math.max(box.clientWidth || document.querySelector("main").clientWidth - 40, 220), left = 52, bottom = height - 38;
  const [x0, x1] = padded(xs), [y0, y1] = padded(ys);
  const x = (value) => left + (width - left - 12) * (value - x0) / (x1 - x0), y = (value) => bottom - (bottom - 10) * (value - y0) / (y1 - y0);
  const across = ticksOf(x0, x1, Math.max(2, width / 110)), up = ticksOf(y0, y1, 5);
  box.replaceChildren(draw("svg", { height, role: "img", "aria-label": title },
    up.found.map((tick) => [draw("line", { class: "rule", x1: left, x2: width - 12, y1: y(tick), y2: y(tick) }),
      draw("text", { x: left - 7, y: y(tick) + 4, "text-anchor": "end", text: format.y(tick, up.digits) })]),
    across.found.map((tick) => draw("text", { x: x(tick), y: bottom + 17, "text-anchor": "middle", text: format.x(tick, across.digits) })),
    draw("line", { class: "frame", x1: left, x2: width - 12, y1: bottom, y2: bottom }),
    draw("text", { x: (left + width) / 2, y: height - 4, "text-anchor": "middle", text: format.name }), body(x, y, width)));
}
// Places names beside their points: right or left of them, then a line above or below. Names without room are left to the tip.
function labels(width, bottom) {
  const boxes = [];
  const free = (left, top, size) => left > 52 && left + size < width && top > 10 && top < bottom
    && boxes.every((box) => left > box[0] + box[2] || left + size < box[0] || Math.abs(top - box[1]) > 15);
  return {
    block: (x, y) => boxes.push([x - 6, y, 12]),
    name: (text, [x, y]) => {
      const size = text.length * 6.6;
      for (const rise of [0, -18, 18]) for (const left of [x + 10, x - 10 - size]) {
        if (size > width / 3 || !free(left, y + rise, size)) continue;
        boxes.push([left, y + rise, size]);
        return draw("text", { class: "label", x: left < x ? x - 10 : left, y: y + rise + 4, "text-anchor": left < x ? "end" : "start", text });
      }
      return null;
    },
  };
}
