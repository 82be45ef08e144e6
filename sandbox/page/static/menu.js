// The menu of a message: what the bot registered for messages and for their authors, and what every chat can do.

import { interact } from "./deeds.js";
import { fill, h } from "./dom.js";
import { guildOf, person, state } from "./state.js";
import { toast } from "./toasts.js";

let open = null;

/** Open the menu of a message beside a button; Escape, a click elsewhere or a choice closes it. */
export function openMenu(button, message) {
  close();
  const apps = message.isEphemeral ? [] : state.commands.message;
  const author = person(message.author);
  const people = author && guildOf(state.channel) ? state.commands.user : [];
  const choose = (name, kind) =>
    interact("choose", {
      channel: state.channel,
      name,
      kind,
      target: kind === "user" ? author.id : message.id,
    });
  const items = [
    ...apps.map((command) => item(command.label, "app", () => choose(command.name, "message"))),
    ...people.map((command) =>
      item(`${command.label}: ${author.name}`, "app", () => choose(command.name, "user")),
    ),
    item("Copy text", "", () => copy(message.text)),
  ];
  const menu = h("div", { class: "menu", role: "menu", "aria-label": "Message" });
  fill(menu, items);
  menu.addEventListener("keydown", (event) => steer(event, items));
  menu.addEventListener("focusout", (event) => menu.contains(event.relatedTarget) || close());
  open = { menu, button };
  button.setAttribute("aria-expanded", "true");
  button.after(menu);
  menu.classList.toggle("upwards", menu.getBoundingClientRect().bottom > innerHeight - 80);
  items[0].focus();
}

function item(label, badge, deed) {
  const node = h(
    "button",
    { type: "button", role: "menuitem", tabindex: "-1" },
    label,
    badge && h("span", { class: "badge", "aria-hidden": "true" }, badge),
  );
  node.addEventListener("click", () => {
    const { button } = open ?? {};
    close();
    button?.focus();
    deed();
  });
  return node;
}

function steer(event, items) {
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) items.at(to % items.length).focus();
  else if (event.key === "Escape") {
    const { button } = open;
    close();
    button.focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function close() {
  const was = open;
  open = null;
  was?.button.setAttribute("aria-expanded", "false");
  was?.menu.remove();
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    toast("This browser does not let the page copy.");
  }
}
