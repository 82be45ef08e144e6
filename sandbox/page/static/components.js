// Buttons and selects under a message. Each sends a real interaction; what it means only the bot knows.

import { interact } from "./deeds.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { markdown } from "./markdown.js";
import { guildOf, person, state } from "./state.js";

const KIND = {
  row: 1,
  button: 2,
  select: 3,
  users: 5,
  roles: 6,
  mentionables: 7,
  channels: 8,
  section: 9,
  text: 10,
  container: 17,
};
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };

export const components = (message) =>
  h(
    "div",
    { class: "components" },
    message.components.map((component) => view(component, message)),
  );

function view(component, message) {
  switch (component.type) {
    case KIND.row:
      return h(
        "div",
        { class: "row" },
        component.components.map((inner) => view(inner, message)),
      );
    case KIND.button:
      return button(component, message);
    case KIND.text:
      return h("div", { class: "text" }, markdown(component.content));
    case KIND.section:
    case KIND.container:
      return h(
        "div",
        { class: "box" },
        component.components.map((inner) => view(inner, message)),
      );
    default:
      return component.custom_id ? select(component, message) : null;
  }
}

function button(component, message) {
  const label = [component.emoji?.name, component.label].filter(Boolean).join(" ");
  if (component.style === 5) {
    return h(
      "a",
      { class: "button link", href: component.url, target: "_blank", rel: "noopener noreferrer" },
      label,
      icon("out"),
    );
  }
  const node = h(
    "button",
    {
      type: "button",
      class: `button ${STYLES[component.style] ?? "secondary"}`,
      disabled: Boolean(component.disabled),
    },
    label,
  );
  node.addEventListener("click", () =>
    busy(node, () => interact("click", { message: message.id, custom_id: component.custom_id })),
  );
  return node;
}

/** Whatever a select of that kind offers, as {label, value, description, default}. */
export function offered(component) {
  const guild = guildOf(state.channel);
  const people = (guild?.members ?? []).map((id) => ({ label: person(id)?.name ?? id, value: id }));
  const roles = (guild?.roles ?? []).map((role) => ({ label: `@${role.name}`, value: role.id }));
  switch (component.type) {
    case KIND.users:
      return people;
    case KIND.roles:
      return roles;
    case KIND.mentionables:
      return [...people, ...roles];
    case KIND.channels:
      return (guild?.channels ?? []).map((channel) => ({ label: `#${channel.name}`, value: channel.id }));
    default:
      return component.options ?? [];
  }
}

/** A native select for a component; `label` names it for those who cannot see where it stands. */
export function selectNode(component, label) {
  const most = component.max_values ?? 1;
  const options = offered(component).map((option) => {
    const text = option.description ? `${option.label} (${option.description})` : option.label;
    const node = h("option", { value: option.value }, [option.emoji?.name, text].filter(Boolean).join(" "));
    node.selected = Boolean(option.default);
    return node;
  });
  const node = h("select", { "aria-label": label, disabled: Boolean(component.disabled) });
  if (most > 1) Object.assign(node, { multiple: true, size: Math.min(6, Math.max(2, options.length)) });
  else if (!options.some((option) => option.selected))
    node.append(h("option", { value: "" }, component.placeholder || "Choose …"));
  node.append(...options);
  if (most === 1 && !options.some((option) => option.selected)) node.selectedIndex = 0;
  return node;
}

export const chosen = (node) => [...node.selectedOptions].map((option) => option.value).filter(Boolean);

function select(component, message) {
  const node = selectNode(component, component.placeholder || "Choose");
  const send = () =>
    busy(node, () =>
      interact("click", { message: message.id, custom_id: component.custom_id, values: chosen(node) }),
    );
  if (!node.multiple) {
    node.addEventListener("change", send);
    return node;
  }
  return h(
    "div",
    { class: "row" },
    node,
    h("button", { type: "button", class: "button secondary", on: { click: send } }, "Done"),
  );
}

async function busy(node, work) {
  if (node.getAttribute("aria-busy") === "true") return;
  node.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    node.removeAttribute("aria-busy");
  }
}
