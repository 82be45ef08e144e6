// The forms that the bot opens ("modals"), checked as Discord's client checks them before they are sent.

import { chosen, selectNode } from "./components.js";
import { h, newId } from "./dom.js";
import { markdown } from "./markdown.js";
import { asUpload } from "./wire.js";

const TEXT = 4;
const TEXT_DISPLAY = 10;
const FILES = 19;
const MOST_CHARACTERS = 4000;

/** Open a form; `send` is given the values by their custom ids and returns whether they were accepted. */
export function openForm(form, send) {
  const fields = form.components.map(field);
  const heading = newId("form");
  const submit = h("button", { type: "submit", class: "button primary" }, "Submit");
  const cancel = h("button", { type: "button", class: "button secondary" }, "Cancel");
  const body = h(
    "form",
    { novalidate: "" },
    h("h2", { id: heading }, form.title),
    fields.map((each) => each.node),
    h("div", { class: "form-end" }, cancel, submit),
  );
  const dialog = h("dialog", { class: "form", "aria-labelledby": heading }, body);
  const before = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before?.isConnected) before.focus();
  });
  cancel.addEventListener("click", () => dialog.close());
  body.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = fields.filter((each) => !each.check());
    if (wrong.length) return wrong[0].focus();
    submit.disabled = true;
    const values = await Promise.all(
      fields.filter((each) => each.id).map(async (each) => [each.id, await each.value()]),
    );
    dialog.close();
    await send(Object.fromEntries(values));
  });
  document.body.append(dialog);
  dialog.showModal();
  fields.find((each) => each.id)?.focus();
}

function field(outer) {
  if (outer.type === TEXT_DISPLAY) {
    return { node: h("div", { class: "text" }, markdown(outer.content)), check: () => true };
  }
  const inner = outer.component ?? outer.components[0];
  const label = outer.label ?? inner.label ?? inner.custom_id;
  const control = controlOf(inner, label);
  const [id, fault, hint] = [newId("field"), newId("fault"), newId("hint")];
  control.node.id = id;
  control.node.setAttribute("aria-describedby", `${hint} ${fault}`);
  const faultNode = h("p", { class: "fault", id: fault, role: "alert" });
  const required = inner.required !== false;
  const node = h(
    "div",
    { class: "field" },
    h("label", { for: id }, label, required && h("span", { class: "needed", "aria-hidden": "true" }, " *")),
    h(
      "p",
      { class: "hint", id: hint },
      outer.description ?? "",
      required ? h("span", { class: "unseen" }, " Required.") : null,
    ),
    control.node,
    control.extra,
    faultNode,
  );
  const check = () => {
    const text = control.fault(required);
    faultNode.textContent = text;
    control.node.setAttribute("aria-invalid", String(Boolean(text)));
    return !text;
  };
  return { node, id: inner.custom_id, check, value: control.value, focus: () => control.node.focus() };
}

function controlOf(inner, label) {
  if (inner.type === TEXT) return textControl(inner);
  if (inner.type === FILES) return fileControl(inner);
  const node = selectNode(inner, label);
  const count = () => chosen(node).length;
  return {
    node,
    value: () => chosen(node),
    fault: (required) => (required && count() < (inner.min_values ?? 1) ? "Choose something." : ""),
  };
}

function textControl(inner) {
  const most = inner.max_length ?? MOST_CHARACTERS;
  const props = { placeholder: inner.placeholder, autocomplete: "off" };
  const node =
    inner.style === 2 ? h("textarea", { ...props, rows: "5" }) : h("input", { ...props, type: "text" });
  node.value = inner.value ?? "";
  const left = h("p", { class: "count", "aria-hidden": "true" });
  const count = () => (left.textContent = `${[...node.value].length} / ${most}`);
  node.addEventListener("input", count);
  count();
  return {
    node,
    extra: left,
    value: () => node.value,
    fault: (required) => {
      const length = [...node.value].length;
      if (!length) return required ? "This is required." : "";
      if (length < (inner.min_length ?? 0)) return `Must be ${inner.min_length} or more in length.`;
      return length > most ? `Must be ${most} or fewer in length.` : "";
    },
  };
}

function fileControl(inner) {
  const node = h("input", { type: "file" });
  node.multiple = (inner.max_values ?? 1) > 1;
  return {
    node,
    value: () => Promise.all([...node.files].map(asUpload)),
    fault: (required) => (required && node.files.length < (inner.min_values ?? 1) ? "Choose a file." : ""),
  };
}
