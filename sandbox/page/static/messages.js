// The messages of the channel one is in: kept by id, in order, read out when they are new, and followed to the end.

import { find, h } from "./dom.js";
import { messageNode } from "./message.js";
import { later, markRead, memory, person, state } from "./state.js";

const CLOSE = 5 * 60 * 1000;
const shown = new Map();
let follows = true; // whether the reader is at the end, and stays there whatever comes

const dismissedKey = () => `dismissed ${state.member}`;
const dismissed = () => new Set((memory.get(dismissedKey()) ?? "").split(" "));

/** Show a change that the server tells of. */
export function showMessages({ channel, isFirst, changed, gone }) {
  if (channel !== state.channel) return;
  if (isFirst) clear(new Set(changed.map((message) => message.id)));
  for (const id of gone) remove(id);
  const hidden = dismissed();
  for (const message of changed) if (!hidden.has(message.id)) place(message, !isFirst);
  group();
  const last = [...shown.keys()].at(-1);
  if (last && document.visibilityState === "visible") markRead(state.channel, last);
  if (follows || isFirst) toEnd();
}

/** Forget everything: another channel, or another reader. */
export function clear(keep = new Set()) {
  for (const id of [...shown.keys()]) if (!keep.has(id)) remove(id);
  if (!keep.size) find("messages").replaceChildren();
}

function place(message, isNews) {
  const known = shown.get(message.id);
  if (known) return known.update(message);
  const entry = messageNode(message, dismiss);
  shown.set(message.id, entry);
  const list = find("messages");
  const next = [...list.children].find((node) => later(node.id.slice(1), message.id));
  list.insertBefore(entry.node, next ?? null);
  if (isNews) announce(message);
}

function remove(id) {
  shown.get(id)?.node.remove();
  shown.delete(id);
}

function dismiss(id) {
  memory.set(dismissedKey(), [...dismissed(), id].join(" "));
  remove(id);
  group();
  document.querySelector("#composer [data-main]")?.focus();
}

/** Messages of one author in a row stand together under one head. */
function group() {
  let before = null;
  for (const node of find("messages").children) {
    const message = shown.get(node.id.slice(1)).message();
    const follows = before && before.author === message.author && message.at - before.at < CLOSE;
    node.classList.toggle(
      "follows",
      Boolean(follows && !message.reply && !message.origin && !message.isEphemeral && !before.isEphemeral),
    );
    before = message;
  }
}

function announce(message) {
  if (message.author === state.member) return;
  const node = shown.get(message.id).node.querySelector(".part-text");
  const files = message.attachments.length
    ? ` With ${message.attachments.map((file) => file.name).join(", ")}.`
    : "";
  const note = h(
    "p",
    {},
    `${person(message.author)?.name ?? "Somebody"}: ${node.textContent.slice(0, 300)}${files}`,
  );
  find("announcer").replaceChildren(note);
}

function toEnd() {
  const scroller = find("scroller");
  scroller.scrollTop = scroller.scrollHeight;
  follows = true;
}

/** Stay at the end while pictures load and messages grow, unless the reader went up. */
export function followTheEnd() {
  const scroller = find("scroller");
  scroller.addEventListener(
    "scroll",
    () => (follows = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60),
  );
  const resized = new ResizeObserver(() => follows && toEnd());
  resized.observe(find("messages"));
  resized.observe(scroller);
}

/** Bring a message into sight and mark it for a moment. */
export function point(id) {
  const node = shown.get(id)?.node;
  if (!node) return false;
  follows = false;
  node.scrollIntoView({ block: "center" });
  node.classList.add("pointed");
  node.tabIndex = -1;
  node.focus({ preventScroll: true });
  setTimeout(() => node.classList.remove("pointed"), 2000);
  return true;
}
