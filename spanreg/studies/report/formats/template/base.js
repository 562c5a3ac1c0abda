"use strict";
const facts = JSON.parse(document.getElementById("facts").textContent);
// What the sections register: functions that draw again after each choice, once, and when the width has changed.
const drawn = {}, once = {}, resized = [];
const place = (id) => document.getElementById(id);
const add = (element, options, children) => {
  for (const [name, value] of Object.entries(options || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name === "click" || name === "change") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  // Lists of children may be nested, since callers pass the results of map().
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined));
  return element;
};
const make = (tag, options, ...children) => add(document.createElement(tag), options, children);
const draw = (tag, options, ...children) =>
  add(document.createElementNS("http://www.w3.org/2000/svg", tag), options, children);

// Numbers as people read them. What is not a finite number is left blank; a value that rounds to zero has no sign.
const minus = (text) => text.replace("-", "\u2212");
const known = (value) => typeof value === "number" && Number.isFinite(value);
// A half goes to the even digit, as in Python, which rounds the same numbers for the sentences and all other formats.
const rounded = (value, digits) => {
  const exact = value.toFixed(digits + 30), cut = exact.slice(0, -30).replace(/\.$/, "");
  return Number(/^50*$/.test(exact.slice(-30)) && /[02468]$/.test(cut) ? cut : value.toFixed(digits)) || 0;
};
const fixed = (value, digits = 2) => !known(value) ? "" : Math.abs(value) >= 1e9 ? minus(value.toExponential(1))
  : minus(rounded(value, digits).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
const points = (value) => !known(value) ? "" : fixed(value * facts.scale, facts.scale === 100 ? 2 : 4);
const signed = (value) => !known(value) ? "" : (points(value).startsWith("\u2212") ? "" : "+") + points(value);
const whole = (value) => !known(value) ? "" : value.toLocaleString("en");
const chance = (p) => !known(p) ? "" : p < 0.001 ? "< 0.001" : fixed(p, 3);
const share = (value) => !known(value) ? "not known" : `${fixed(value * 100, 1)} %`;
const range = (low, high) => !known(low) || !known(high) ? "" : `${signed(low)} to ${signed(high)}`;
const times = (ratio) => !known(ratio) ? "" : `${fixed(ratio)}×`;
const counted = (number, noun) => `${whole(number)} ${noun}${number === 1 ? "" : "s"}`;
const figure = facts.several_tasks && new Set(facts.arms.map((arm) => arm.metric).filter(Boolean)).size > 1 ? "score" : facts.metric;
const unit = facts.scale === 100 ? `${figure}, %` : figure;

const arms = new Map(facts.arms.map((arm) => [arm.name, arm]));
const isBase = (arm) => arm.is_baseline && arm.scores.length > 0;
const verdict = (arm) => !arm.comparison || !arm.comparison.significant ? "even"
  : (arm.comparison.difference > 0) === arm.greater_is_better ? "better" : "worse";
const compared = () => visible().filter((arm) => arm.comparison);
const strongest = () => facts.arms.filter((arm) => arm.comparison)
  .sort((a, b) => Math.abs(b.comparison.difference) - Math.abs(a.comparison.difference))[0];
const state = { name: "", tag: "", significant: false, key: "", up: true, open: new Set(), cost: "seconds_ratio",
  heat: "difference", rows: "", columns: "", arm: "", spans: "spans",
  focus: (strongest() || facts.arms.find((arm) => arm.scores.length) || { name: "" }).name };

function visible() {
  return facts.arms.filter((arm) => arm.name === facts.baseline || isBase(arm) || (
    arm.name.toLowerCase().includes(state.name.toLowerCase())
    && (!state.tag || arm.tags.includes(state.tag)) && (!state.significant || verdict(arm) !== "even")));
}

// Scales. A range that is rounding error is widened, so that ticks differ and no loop runs without end. The largest
// numbers are cut, since the difference of two of them would overflow.
const LEAST_RANGE = 1e-11, MOST_TICKS = 50, LARGEST = 1e300;
const finite = (values) => values.filter(known).map((value) => Math.max(-LARGEST, Math.min(LARGEST, value)));
function padded(values, share = 0.06) {
  const found = finite(values);
  if (!found.length) return [0, 1];
  const low = Math.min(...found), high = Math.max(...found), size = Math.max(Math.abs(low), Math.abs(high));
  const range = high - low > Math.max(size * 1e-9, LEAST_RANGE) ? high - low : size > LEAST_RANGE ? size : 1;
  return [low - range * share, high + range * share];
}
function ticksOf(low, high, most) {
  const rough = Math.max((high - low) / most, Number.MIN_VALUE * 1e6);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough) || rough;
  const first = Math.ceil(low / step - 1e-9), count = Math.min(Math.floor(high / step + 1e-9) - first + 1, MOST_TICKS);
  const found = Array.from({ length: Math.max(count, 0) }, (_, i) => first + i === 0 ? 0 : (first + i) * step);
  const places = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)) + (step / power === 2.5 ? 1 : 0);
  return { found: [...new Set(found)], digits: Math.min(places, 12) };
}
