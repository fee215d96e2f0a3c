// The page: it reads what a visitor gives, sends it to the server, and shows the answer.
"use strict";
import { requested, byId, element, shown } from "./elements.js";
import { inputOf } from "./inputs.js";
import { contentPlot, contributions, gallery, spreadOf } from "./outputs.js";

let model = null;
let inputs = [];
let record = { id: "", values: {} }; // the record that was used last
let seed = 0;
let latest = 0; // number of the latest question: answers to earlier ones are not shown

const WITH_STYLES = "All values have the same content, which all kinds of data share. Each one has another style, which belongs"
  + " to its kind of data alone, such as the handwriting of a digit.";
const WITHOUT_STYLES = "Expected values, given yours, with intervals. This model has no styles: the content, which all kinds of data"
  + " share, determines all values.";

const given = () => Object.fromEntries(inputs.filter((one) => one.isGiven()).map((one) => [one.name, one.read()]));
const question = () => ({ given: given(), styles: Number(byId("styles").value) || 6, seed });
const kindOf = (name) => model.modalities.find((one) => one.name === name);

/** Run a piece of work with a message while it lasts; its error is one sentence on the page. */
const during = async (message, work) => {
  const own = ++latest;
  byId("error").hidden = true;
  byId("status").replaceChildren(element("progress", { "aria-label": message }), ` ${message}`);
  document.body.setAttribute("aria-busy", "true");
  try {
    await work(() => own === latest);
  } catch (error) {
    if (own === latest) {
      byId("error").textContent = error.message;
      byId("error").hidden = false;
      byId("error").scrollIntoView({ block: "nearest" });
    }
  } finally {
    if (own === latest) {
      byId("status").replaceChildren();
      document.body.removeAttribute("aria-busy");
    }
  }
};

const styleNames = (modality, count) => (modality.style
  ? Array.from({ length: count }, (_, n) => `style ${n + 1}`) : ["at the mean of the content"]);

const result = (name, answer) => {
  const modality = kindOf(name);
  const own = record.values[name] === undefined ? [] : [record.values[name]];
  const heads = [...own.map(() => `in record ${record.id}`), ...styleNames(modality, answer.values.length)];
  // The expected cells of a row without style are in the table of intervals.
  const isRow = modality.form === "cells" && !modality.style;
  const sure = isRow ? spreadOf(modality, answer.spread, own[0]) : spreadOf(modality, answer.spread);
  return element("article", { id: `result-${name}` }, element("h3", {}, name),
    ...(isRow ? [] : [gallery(modality, [...own, ...answer.values], heads), element("h4", {}, "Uncertainty")]),
    sure);
};

/** Return the nearest records: for each kind of data, the values of those that have it. */
const nearest = (records) => model.modalities.flatMap((modality) => {
  const having = records.filter((one) => modality.name in one.values);
  const heads = having.map((one) => `${one.id}${one.label ? `, label ${one.label}` : ""}, distance ${shown(one.distance)}`);
  return having.length === 0 ? [] : [element("h4", {}, modality.name),
    gallery(modality, having.map((one) => one.values[modality.name]), heads)];
});

const generate = () => during("The model generates …", async (isLatest) => {
  const answer = await requested("api/generate", question());
  if (!isLatest()) return;
  byId("results").replaceChildren(...Object.entries(answer.generated).map(([name, own]) => result(name, own)));
  byId("contributions").replaceChildren(contributions(answer.contributions));
  byId("content").replaceChildren(contentPlot(answer.content));
  byId("nearest").replaceChildren(...(answer.nearest.length ? nearest(answer.nearest)
    : [element("p", { class: "about" }, "This page has no training records with these kinds of data.")]));
  byId("answer").hidden = false;
});

const use = (id) => during("The record is read …", async () => {
  record = await requested(`api/record?id=${encodeURIComponent(id)}`);
  byId("record").value = id;
  byId("label").textContent = record.label ? `label: ${record.label}` : "";
  await Promise.all(inputs.map((input) => input.fill(record.values[input.name] ?? null, id)));
  const first = inputs.find((input) => input.name in record.values);
  if (!inputs.some((input) => input.isGiven()) && first) first.give(true);
});

const walk = () => during("The values are computed …", async (isLatest) => {
  const [part, dimension] = [byId("part").value, Number(byId("dimension").value) - 1];
  const answer = await requested("api/walk", { ...question(), part, dimension });
  if (!isLatest()) return;
  const heads = answer.steps.map((step) => `${step > 0 ? "+" : ""}${step}`.replace("-", "−"));
  byId("walked").replaceChildren(
    element("p", { class: "about" }, `Its present value is ${shown(answer.now).replace("-", "−")} standard deviations.`),
    ...Object.entries(answer.values).map(([name, values]) => element("article", { id: `walk-${name}` },
      element("h3", {}, name), gallery(kindOf(name), values, heads))));
});

const sample = () => during("The model draws …", async (isLatest) => {
  const answer = await requested("api/sample", { given: {}, styles: 8, seed: seed++ });
  if (!isLatest()) return;
  byId("samples").replaceChildren(...Object.entries(answer.values).map(([name, values]) => element("article", { id: `sample-${name}` },
    element("h3", {}, name), gallery(kindOf(name), values, values.map((_, n) => `sample ${n + 1}`)))));
});

const showDimensions = () => {
  const part = byId("part").value;
  const size = part === "" ? model.content : kindOf(part).style;
  byId("dimension").max = size;
  byId("dimension").value = Math.min(size, byId("dimension").value);
  byId("number").textContent = `${byId("dimension").value} of ${size}`;
};

const show = () => {
  document.title = `${model.title}, mmcore demo`;
  byId("title").textContent = model.title;
  byId("about").textContent = model.about;
  byId("notes").replaceChildren(...model.notes.map((note) => element("li", {}, note)));
  inputs = model.modalities.map(inputOf);
  byId("inputs").replaceChildren(...inputs.map((input) => input.body));
  byId("pick").hidden = model.records.length === 0;
  byId("records").replaceChildren(...model.records.map((id) => element("option", { value: id })));
  byId("part").replaceChildren(element("option", { value: "" }, "the shared content"),
    ...model.modalities.filter((one) => one.style).map((one) => element("option", { value: one.name }, `the style of ${one.name}`)));
  const hasStyles = model.modalities.some((one) => one.style);
  byId("number-of-styles").hidden = !hasStyles;
  byId("meaning").textContent = hasStyles ? WITH_STYLES : WITHOUT_STYLES;
  byId("prior").textContent = model.fitted_prior
    ? "Values of all kinds of data, drawn together from the prior that was fitted after the training."
    : "Values of all kinds of data, drawn together from the prior of the training.";
  showDimensions();
};

const submitted = (id, work) => byId(id).addEventListener("submit", (event) => { event.preventDefault(); work(); });

during("The model is read …", async () => {
  model = await requested("api/model");
  show();
  byId("generate").addEventListener("click", generate);
  byId("again").addEventListener("click", () => { seed += 1; generate(); });
  byId("random").addEventListener("click", () => use(model.records[Math.floor(Math.random() * model.records.length)]));
  byId("part").addEventListener("change", showDimensions);
  byId("dimension").addEventListener("input", showDimensions);
  submitted("pick", () => use(byId("record").value));
  submitted("walk", walk);
  submitted("sample", sample);
  document.body.dataset.ready = "true";
});
