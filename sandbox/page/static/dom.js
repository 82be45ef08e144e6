// Builds nodes. Text only ever becomes text: there is no way from a string to markup here.

import { icon } from "./icons.js";

/**
 * Make an element. `props`: `class`, `on` ({event: listener}), `data` ({name: value}); `hidden`, `disabled`, `checked`
 * and other booleans as properties; everything else as an attribute, left out where it is null, undefined or false.
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) set(node, name, value);
  node.append(
    ...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return node;
}

function set(node, name, value) {
  if (name === "class") node.className = value;
  else if (name === "on")
    for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
  else if (name === "data") Object.assign(node.dataset, value);
  else if (name === "value") node.value = value;
  else if (typeof value === "boolean" && name in node) node[name] = value;
  else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
}

export const find = (id) => document.getElementById(id);

/** Put children in the place of whatever is in a node. */
export function fill(node, ...children) {
  node.replaceChildren(
    ...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return node;
}

let counter = 0;
/** An id that nothing else on the page has. */
export const newId = (stem) => `${stem}-${(counter += 1)}`;

const HUES = 8;
/** A round picture of somebody: their first letter on a colour of their own. */
export function avatar(person, size = "") {
  const name = person?.name ?? "?";
  const hue = person?.isBot ? "bot" : [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % HUES;
  return h(
    "span",
    { class: `avatar hue-${hue} ${size}`, "aria-hidden": "true" },
    person?.isBot ? icon("play") : name[0].toUpperCase(),
  );
}
