// One message: made once, then changed in place, so that a clip goes on playing while the text around it is edited.

import { attachments } from "./attachments.js";
import { components } from "./components.js";
import { avatar, h } from "./dom.js";
import { icon } from "./icons.js";
import { inline, markdown } from "./markdown.js";
import { openMenu } from "./menu.js";
import { person, state } from "./state.js";
import { clock } from "./times.js";

/** Make a message's list item; `dismiss` takes away one that only its reader sees. */
export function messageNode(message, dismiss) {
  const parts = {};
  const node = h("li", { class: "message", id: `m${message.id}`, data: { author: message.author } });
  const shown = { message: null };
  const update = (next) => {
    const before = shown.message;
    shown.message = next;
    node.classList.toggle("pings-me", next.pingsMe);
    node.classList.toggle("ephemeral", next.isEphemeral);
    for (const [name, [concerns, render]] of Object.entries(PARTS)) {
      if (before && JSON.stringify(concerns(before)) === JSON.stringify(concerns(next))) continue;
      const fresh = render(next, dismiss);
      fresh.classList.add(`part-${name}`);
      if (parts[name]) keepFocus(parts[name], fresh);
      else node.append(fresh);
      parts[name] = fresh;
    }
  };
  update(message);
  return { node, update, message: () => shown.message };
}

/** Put a part in the place of another; whoever was in the old one with the keyboard is in the new one. */
function keepFocus(old, fresh) {
  const focusable = (within) => [...within.querySelectorAll("button, a, select, video")];
  const index = focusable(old).indexOf(document.activeElement);
  old.replaceWith(fresh);
  if (index >= 0) focusable(fresh)[index]?.focus();
}

// Each part with what it depends on.
const PARTS = {
  above: [(m) => [m.origin, m.reply], above],
  avatar: [(m) => m.author, (m) => h("div", {}, avatar(person(m.author)))],
  head: [(m) => [m.author, m.at], head],
  text: [(m) => [m.text, m.isLoading, m.edits > 0], text],
  files: [(m) => m.attachments, (m) => attachments(m.attachments)],
  components: [(m) => m.components, components],
  foot: [(m) => m.isEphemeral, foot],
  tools: [() => null, tools],
};

function above(message) {
  if (message.origin) {
    const name = message.origin.isSlash ? `/${message.origin.name}` : message.origin.name;
    return h(
      "div",
      { class: "above" },
      avatar(person(message.origin.user), "tiny"),
      h("b", {}, person(message.origin.user)?.name),
      " used ",
      h("span", { class: "mention" }, name),
    );
  }
  if (!message.reply) return h("div", { class: "above", hidden: true });
  const { id, author, text: words } = message.reply;
  if (!author) return h("div", { class: "above" }, h("i", {}, "The original message was deleted."));
  const line = words.split("\n").find((each) => each.trim()) ?? "a file";
  return h(
    "div",
    { class: "above" },
    avatar(person(author), "tiny"),
    h("b", {}, person(author)?.name),
    h(
      "a",
      { class: "excerpt", href: `#m${id}`, data: { channel: state.channel, message: id } },
      h("span", {}, plain(inline(line))),
    ),
  );
}

const plain = (nodes) => nodes.map((node) => (typeof node === "string" ? node : node.textContent)).join("");

function head(message) {
  const author = person(message.author);
  return h(
    "div",
    { class: "head" },
    h("b", { class: "author" }, author?.name ?? "?"),
    author?.isBot && h("span", { class: "badge" }, "APP"),
    h(
      "time",
      { datetime: new Date(message.at).toISOString(), title: clock(message.at, "F") },
      clock(message.at, "T"),
    ),
  );
}

function text(message) {
  if (message.isLoading) return h("div", { class: "text loading" }, h("p", {}, "is thinking …"));
  const nodes = markdown(message.text);
  const edited = h("span", { class: "edited" }, " (edited)");
  if (message.edits && nodes.length) (nodes.at(-1).matches?.("p") ? nodes.at(-1) : h("p")).append(edited);
  return h("div", { class: "text" }, nodes);
}

function foot(message, dismiss) {
  if (!message.isEphemeral) return h("div", { hidden: true });
  const button = h(
    "button",
    { type: "button", class: "text-button", on: { click: () => dismiss(message.id) } },
    "Dismiss message",
  );
  return h("p", { class: "foot" }, icon("eye"), " Only you can see this · ", button);
}

function tools(message) {
  const button = h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-haspopup": "menu",
      "aria-label": `More about the message of ${person(message.author)?.name ?? "somebody"}`,
    },
    icon("more"),
  );
  button.addEventListener("click", () => openMenu(button, message));
  return h("div", { class: "tools" }, button);
}
