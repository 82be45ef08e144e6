// The list above the message box: commands, choices and suggestions. The keyboard stays in the field below it.

import { fill, find, h, newId } from "./dom.js";

let current = null; // { field, list, items, active, onPick }

/**
 * Show a list for a field.
 * `items`: {label, detail, badge, group, value}; `active`: which one is marked at first, -1 for none.
 */
export function openPopup(field, { title, items, onPick, active = 0, empty = "" }) {
  if (!items.length && !empty) return closePopup();
  if (current && current.field !== field) closePopup();
  const list = current?.list ?? h("div", { class: "popup", id: newId("popup") });
  const options = items.map((item, index) => option(item, index));
  const box = h("div", { role: "listbox", "aria-label": title, id: `${list.id}-box` }, options);
  fill(
    list,
    h("p", { class: "popup-title", "aria-hidden": "true" }, title),
    items.length ? box : h("p", { class: "popup-empty" }, empty),
  );
  current = { field, list, items, options, active: -1, onPick };
  if (!list.isConnected) find("composer").prepend(list);
  expand(field, items.length > 0);
  if (items.length) field.setAttribute("aria-controls", box.id);
  mark(Math.min(active, items.length - 1));
}

/** A combobox says whether its list is shown; a text area may not. */
function expand(field, isOpen) {
  if (field.getAttribute("role") === "combobox") field.setAttribute("aria-expanded", String(isOpen));
}

function option(item, index) {
  const node = h(
    "div",
    { role: "option", id: newId("option"), "aria-selected": "false", class: "option" },
    h("span", { class: "option-label" }, item.label),
    item.detail && h("span", { class: "option-detail" }, item.detail),
    item.badge && h("span", { class: "option-badge" }, item.badge),
  );
  node.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  node.addEventListener("click", () => pick(index));
  node.addEventListener("mousemove", () => current?.active !== index && mark(index));
  return node;
}

function mark(index) {
  const { options, field } = current;
  options[current.active]?.setAttribute("aria-selected", "false");
  current.active = index;
  const node = options[index];
  node?.setAttribute("aria-selected", "true");
  node?.scrollIntoView({ block: "nearest" });
  if (node) field.setAttribute("aria-activedescendant", node.id);
  else field.removeAttribute("aria-activedescendant");
}

function pick(index) {
  const { items, onPick } = current;
  closePopup();
  onPick(items[index]);
}

export function closePopup(field = current?.field) {
  if (!current || current.field !== field) return;
  expand(field, false);
  field.removeAttribute("aria-activedescendant");
  field.removeAttribute("aria-controls");
  current.list.remove();
  current = null;
}

export const isOpenFor = (field) => current?.field === field && current.items.length > 0;

/** Let the list have a key that was pressed in its field; whether it took it. Tab picks only what is marked. */
export function steerPopup(event) {
  if (!current || current.field !== event.target || event.isComposing) return false;
  const { items, active } = current;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && items.length)
    mark(active < 0 && step < 0 ? items.length - 1 : (active + step + items.length) % items.length);
  else if (
    (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) &&
    active >= 0 &&
    !event.ctrlKey
  )
    pick(active);
  else if (event.key === "Escape") closePopup();
  else return false;
  event.preventDefault();
  event.stopPropagation();
  return true;
}
