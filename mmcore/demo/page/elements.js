// Elements of the page. Texts of the server are inserted as text, never as markup.
"use strict";

export const byId = (id) => document.getElementById(id);

/** Return an element with properties, such as {class: "bar"}, and children: elements and texts. */
export const element = (tag, properties = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made && name !== "list") made[name] = value;
    else made.setAttribute(name === "class" ? "class" : name, value);
  }
  made.append(...children);
  return made;
};

/** Return an element of a drawing. */
export const shape = (tag, attributes, ...children) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};

/** Return a number with four digits, as the reports write numbers. */
export const shown = (value) => {
  if (value === null || value === undefined) return "missing";
  if (typeof value !== "number") return String(value);
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
};

/** Return the answer of the server, or raise an error with its sentence. */
export const requested = async (address, document) => {
  const options = document === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(document),
  };
  let response;
  try {
    response = await fetch(address, options);
  } catch {
    throw new Error("The server does not answer; check that mmcore demo is still running.");
  }
  let answer = null;
  try {
    answer = await response.json();
  } catch {
    throw new Error(`The server failed (${response.status}); its terminal shows the reason.`);
  }
  if (!response.ok) throw new Error(answer.error);
  return answer;
};
