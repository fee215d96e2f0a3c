// Values and statistics of the model on the page.
"use strict";
import { element, shape, shown } from "./elements.js";

const FEW = 12; // columns of a table that are shown at once
const DASHES = ["none", "6 3", "2 2", "8 3 2 3"]; // leads differ without colors

const picture = (value, alt) => element("img", { src: `data:image/png;base64,${value}`, alt, class: "value" });

const cellsTable = (names, columns, heads) => {
  const row = (name) => element("tr", {}, element("th", { scope: "row" }, name),
    ...columns.map((column) => element("td", {}, shown(column[name]))));
  const table = (some) => element("table", {},
    element("thead", {}, element("tr", {}, element("td", {}), ...heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, ...some.map(row)));
  const body = element("div", { class: "wide", tabIndex: 0, role: "region", "aria-label": "Table" }, table(names.slice(0, FEW)));
  if (names.length <= FEW) return body;
  return element("div", {}, body,
    element("details", {}, element("summary", {}, `${names.length - FEW} more columns`), table(names.slice(FEW))));
};

/** Return a drawing of a signal, with its interval if `low` and `high` are given. */
export const signalPlot = (modality, values, low = null, high = null) => {
  const { leads, units, rate } = modality.widget;
  const [width, height] = [640, 90];
  const plots = leads.map((lead, place) => {
    const all = [values, low, high].filter((one) => one !== null).flatMap((one) => one[place]).filter((one) => one !== null);
    const [least, most] = [Math.min(...all), Math.max(...all)];
    const x = (n) => (n * width) / Math.max(1, values[place].length - 1);
    const y = (v) => height - 5 - ((v - least) * (height - 10)) / (most - least || 1);
    const points = (row) => row.map((v, n) => (v === null ? "" : `${x(n).toFixed(1)},${y(v).toFixed(1)}`)).filter(Boolean);
    const drawn = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: "signal",
      "aria-label": `${lead}: from ${shown(least)} to ${shown(most)} ${units[place]}` });
    if (low !== null) drawn.append(shape("polygon", { class: "interval", points: [...points(low[place]), ...points(high[place]).reverse()].join(" ") }));
    drawn.append(shape("polyline", { points: points(values[place]).join(" "), "stroke-dasharray": DASHES[place % DASHES.length] }));
    const seconds = shown(values[place].length / rate);
    return element("figure", {}, drawn, element("figcaption", {}, `${lead}, ${shown(least)} to ${shown(most)} ${units[place]}, ${seconds} s`));
  });
  return element("div", {}, ...plots);
};

const numbers = (value) => {
  const flat = [value].flat(Infinity);
  const first = flat.slice(0, FEW).map(shown).join(", ");
  return element("p", {}, flat.length > FEW ? `${first}, … (${flat.length} numbers)` : first);
};

/** Return some values of a modality side by side, with a heading for each. */
export const gallery = (modality, values, heads) => {
  if (modality.form === "cells") return cellsTable(Object.keys(modality.columns).filter((name) => values.some((row) => name in row)), values, heads);
  const figure = (value, head, place) => {
    let shownValue = null;
    if (modality.form === "pictures") shownValue = picture(value, `${modality.name}, ${head}`);
    else if (modality.widget?.kind === "signal") shownValue = signalPlot(modality, value);
    else if (modality.form === "texts") shownValue = element("p", { class: "text" }, value === "" ? "(empty)" : value);
    else shownValue = numbers(value);
    return element("figure", { class: "one" }, shownValue, element("figcaption", {}, heads[place]));
  };
  return element("div", { class: `gallery ${modality.form}` }, ...values.map((value, place) => figure(value, heads[place], place)));
};

const percent = (share) => `${Math.round(100 * share)} %`;

/** Return a horizontal bar with its name and its number. */
const bar = (name, share, number) => element("div", { class: "row" },
  element("span", { class: "name" }, name),
  element("meter", { min: 0, max: 1, value: share, "aria-label": `${name}: ${number}` }),
  element("span", { class: "number" }, number));

/** Return the uncertainty of a value; the cells of a record, `own`, stand beside those of a row. */
export const spreadOf = (modality, spread, own = null) => {
  if (spread.deviation) {
    return element("figure", { class: "one" }, picture(spread.deviation, `Where draws of ${modality.name} differ`),
      element("figcaption", {}, `Standard deviation of the draws: black is 0, white is the largest possible. Mean deviation ${shown(spread.mean_deviation)} of 1.`));
  }
  if (spread.texts) {
    return element("div", {}, element("p", { class: "about" }, "Share of the draws:"),
      ...spread.texts.map((one) => bar(one.value || "(empty)", one.share, percent(one.share))));
  }
  const level = spread.level && percent(spread.level);
  if (spread.cells) {
    const names = Object.keys(spread.cells);
    const sure = (cell) => ("low" in cell ? `${shown(cell.low)} to ${shown(cell.high)}` : percent(cell.probability));
    const columns = [names.map((name) => spread.cells[name].expected), names.map((name) => sure(spread.cells[name]))];
    const rows = columns.map((column) => Object.fromEntries(names.map((name, place) => [name, column[place]])));
    const heads = ["expected", `${level} interval, or probability`];
    return own === null ? cellsTable(names, rows, heads) : cellsTable(names, [...rows, own], [...heads, "in the record"]);
  }
  if (spread.expected && modality.widget?.kind === "signal") {
    return element("div", {}, element("p", { class: "about" }, `Mean, and the ${level} interval in gray:`),
      signalPlot(modality, spread.expected, spread.low, spread.high));
  }
  if (spread.expected) {
    return element("div", {}, element("p", { class: "about" }, `Mean, and ends of the ${level} interval:`),
      numbers(spread.expected), numbers(spread.low), numbers(spread.high));
  }
  return element("p", { class: "about" }, "This kind of data has no measure of uncertainty.");
};

/** Return a bar for each given modality. */
export const contributions = (list) => {
  const most = Math.max(...list.map((one) => one.nats), 1e-9);
  return element("div", {}, ...list.map((one) => bar(one.name, one.nats / most, `${shown(one.nats)} nats`)));
};

/** Return an interval for each dimension of the content, the narrowest first. */
export const contentPlot = (dimensions) => {
  const order = dimensions.map((one, place) => ({ ...one, place: place + 1 })).sort((a, b) => a.stddev - b.stddev);
  const known = order.filter((one) => one.stddev < 0.5).length;
  const farthest = Math.max(...order.map((one) => Math.abs(one.mean) + one.stddev));
  const reach = Math.min(12, Math.max(4, Math.ceil(farthest)));
  const [width, line] = [640, 14];
  const x = (v) => ((Math.max(-reach, Math.min(reach, v)) + reach) * (width - 60)) / (2 * reach) + 50;
  const lines = order.slice(0, 64).flatMap((one, row) => [
    shape("text", { x: 40, y: row * line + 11, "text-anchor": "end" }, String(one.place)),
    shape("rect", { x: x(one.mean - one.stddev), y: row * line + 4, height: line - 6, class: "band",
      width: Math.max(2, x(one.mean + one.stddev) - x(one.mean - one.stddev)) }),
    shape("circle", { cx: x(one.mean), cy: row * line + 8, r: 3 }),
  ]);
  const height = Math.min(order.length, 64) * line;
  const marks = Array.from({ length: 2 * reach - 1 }, (_, n) => n + 1 - reach);
  const ticks = marks.flatMap((v) => [
    shape("line", { x1: x(v), x2: x(v), y1: 0, y2: height, class: v === 1 || v === -1 ? "strong" : "thin" }),
    shape("text", { x: x(v), y: height + 14, "text-anchor": "middle" }, String(v).replace("-", "−")),
  ]);
  const summary = `${known} of ${order.length} dimensions are known to less than half of the prior's standard deviation.`;
  return element("div", {}, element("p", {}, summary),
    shape("svg", { viewBox: `0 0 ${width} ${height + 20}`, role: "img", "aria-label": summary, class: "content" }, ...ticks, ...lines));
};
