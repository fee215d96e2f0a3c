// The inputs of a page: one for each kind of value.
"use strict";
import { pictureInput } from "./drawing.js";
import { signalPlot } from "./outputs.js";
import { element } from "./elements.js";

/** Return rows of cells of a text with commas, semicolons or tabs between them. */
export const rowsOf = (text) => text.trim().split(/\r?\n/).map((line) => {
  const mark = ["\t", ";", ","].find((one) => line.includes(one)) ?? ",";
  return line.split(mark).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
});

const ROUNDING = 5e-7; // of the exponential of a logarithm of 32 bits, relative to it

const numberOf = (text) => (text.trim() === "" || !Number.isFinite(Number(text)) ? null : Number(text));

/** Return a number of 32 bits as text: seven digits, or six if the seventh is an error of rounding. */
const digitsOf = (number) => {
  const [six, seven] = [6, 7].map((digits) => Number(number.toPrecision(digits)));
  return String(Math.abs(six - number) <= ROUNDING * Math.abs(number) ? six : seven);
};

/** Return an input of a file whose text is given to `use`, and a place for its error. */
const upload = (modality, label, use) => {
  const file = element("input", { type: "file", accept: ".csv,.tsv,.txt,text/*", id: `file-${modality.name}` });
  const message = element("span", { class: "about", role: "status" });
  file.addEventListener("change", async () => {
    if (!file.files.length) return;
    try {
      message.textContent = use(await file.files[0].text()) ?? "";
    } catch (error) {
      message.textContent = error.message;
    }
    file.value = "";
  });
  return element("div", { class: "bar" },
    element("label", { class: "button", htmlFor: file.id }, label), file, message);
};

const textInput = (modality, changed) => {
  const field = element("input", { type: "text", autocomplete: "off", "aria-label": `Text of ${modality.name}` });
  field.addEventListener("input", changed);
  return {
    body: field,
    read: () => (field.value === "" ? null : field.value),
    write: (value) => { field.value = value ?? ""; },
  };
};

const choicesInput = (modality, changed) => {
  const { names, separator } = modality.widget;
  const boxes = new Map(names.map((name) => [name, element("input", { type: "checkbox", value: name })]));
  boxes.forEach((box) => box.addEventListener("change", changed));
  const body = element("div", { class: "choices" },
    ...names.map((name) => element("label", {}, boxes.get(name), ` ${name}`)));
  return {
    body,
    read: () => names.filter((name) => boxes.get(name).checked).join(separator) || null,
    write: (value) => {
      const ticked = new Set((value ?? "").split(separator));
      boxes.forEach((box, name) => { box.checked = ticked.has(name); });
    },
  };
};

const cellsInput = (modality, changed) => {
  const fields = new Map(Object.entries(modality.columns).map(([name, words]) => {
    const properties = { "aria-label": `${modality.name}, ${name}` };
    const field = words.length
      ? element("select", properties, element("option", { value: "" }, "(missing)"),
        ...words.map((word) => element("option", { value: word }, word)))
      : element("input", { type: "text", inputMode: "decimal", placeholder: "missing", ...properties });
    field.addEventListener("input", changed);
    return [name, field];
  }));
  const write = (row) => fields.forEach((field, name) => {
    const cell = row === null ? null : row[name];
    field.value = typeof cell === "number" ? digitsOf(cell) : cell ?? "";
  });
  const use = (text) => {
    const [names, cells] = rowsOf(text);
    if (!cells) throw new Error("The file needs a line with the names of the columns, and a line of cells.");
    const known = names.filter((name) => fields.has(name));
    if (!known.length) throw new Error(`The file has none of the columns, such as ${[...fields.keys()][0]}.`);
    write(Object.fromEntries(known.map((name) => [name, cells[names.indexOf(name)]])));
    changed();
    return `${known.length} of ${fields.size} columns`;
  };
  const rows = [...fields].map(([name, field]) => element("tr", {}, element("th", { scope: "row" }, name),
    element("td", {}, field)));
  return {
    body: element("div", {},
      element("div", { class: "wide tall", tabIndex: 0, role: "region", "aria-label": `Cells of ${modality.name}` },
        element("table", {}, element("tbody", {}, ...rows))),
      upload(modality, "Upload a row (CSV)", use)),
    read: () => {
      const row = {};
      fields.forEach((field, name) => {
        const text = field.value.trim();
        if (text !== "") row[name] = modality.columns[name].length ? text : numberOf(text) ?? text;
      });
      return Object.keys(row).length ? row : null;
    },
    write,
  };
};

const signalInput = (modality, changed) => {
  const { leads } = modality.widget;
  const [count, length] = modality.shape;
  const picture = element("div", {});
  let value = null;
  const write = (signal) => {
    value = signal;
    picture.replaceChildren(...(signal === null ? [] : [signalPlot(modality, signal)]));
  };
  const use = (text) => {
    const rows = rowsOf(text);
    const named = rows[0].some((cell) => leads.includes(cell));
    const places = leads.map((lead, place) => (named ? rows[0].indexOf(lead) : place));
    const lines = named ? rows.slice(1) : rows;
    const signal = places.map((place) => Array.from({ length }, (_, row) => (
      place < 0 || !lines[row] ? null : numberOf(lines[row][place] ?? ""))));
    if (signal.every((lead) => lead.every((sample) => sample === null))) {
      throw new Error(`The file has no numbers; expected a column for each of ${leads.join(", ")}.`);
    }
    write(signal);
    changed();
    return `${Math.min(lines.length, length)} of ${length} samples, ${places.filter((p) => p >= 0).length} of ${count} leads`;
  };
  return { body: element("div", {}, picture, upload(modality, "Upload a signal (CSV, a column for each lead)", use)), read: () => value, write };
};

const numbersInput = (modality, changed) => {
  const size = modality.shape.reduce((a, b) => a * b, 1);
  const field = element("textarea", { rows: 3, "aria-label": `${size} numbers of ${modality.name}, with commas between them` });
  field.addEventListener("input", changed);
  const nested = (flat, shape) => {
    if (shape.length === 0) return flat[0];
    const step = flat.length / shape[0];
    return Array.from({ length: shape[0] }, (_, n) => nested(flat.slice(n * step, (n + 1) * step), shape.slice(1)));
  };
  const write = (value) => {
    field.value = value === null ? "" : [value].flat(Infinity).map((one) => one ?? "").join(", ");
  };
  const use = (text) => {
    field.value = rowsOf(text).flat().join(", ");
    changed();
  };
  return {
    body: element("div", {}, field, upload(modality, "Upload numbers (CSV)", use)),
    read: () => {
      if (field.value.trim() === "") return null;
      const flat = field.value.split(/[,;\s]+/).map(numberOf);
      if (flat.length !== size) {
        throw new Error(`${modality.name} has ${flat.length} numbers, expected ${size}.`);
      }
      return nested(flat, modality.shape);
    },
    write,
  };
};

const BY_WIDGET = { choices: choicesInput, signal: signalInput };
const BY_FORM = { pictures: pictureInput, texts: textInput, cells: cellsInput, numbers: numbersInput };

/** Return the input of a modality: a box that is ticked if it is given, and {given, read, fill}. */
export const inputOf = (modality) => {
  const box = element("input", { type: "checkbox" });
  let record = null;
  const make = BY_WIDGET[modality.widget?.kind] ?? BY_FORM[modality.form];
  const input = make(modality, () => { record = null; box.checked = true; });
  const heading = element("legend", {}, element("label", {}, box, ` Give ${modality.name}`));
  return {
    name: modality.name,
    body: element("fieldset", {}, heading, input.body),
    isGiven: () => box.checked,
    give: (given) => { box.checked = given; },
    /** Return what is given, for the server: the id of an unchanged record, or a value. */
    read: () => {
      if (record !== null) return { record };
      const value = input.read();
      if (value === null) throw new Error(`${modality.name} is ticked and empty; enter a value, or untick it.`);
      return { value };
    },
    /** Show the value of a record; null if the record has none. */
    fill: async (value, id) => {
      await input.write(value);
      record = value === null ? null : id;
      if (value === null) box.checked = false;
    },
  };
};
