// Discord's Markdown as nodes. What is not understood stays as it was written.

import { h } from "./dom.js";
import { channel, person, role, state } from "./state.js";
import { timestamp } from "./times.js";

const FENCE = /^```(?:[\w+-]*\n)?([\s\S]*?)```/;
const HEADING = /^(#{1,3}) +(.+)/;

/** The nodes of a message's text. */
export function markdown(text) {
  const nodes = [];
  let rest = text;
  while (rest) {
    const fence = FENCE.exec(rest);
    if (fence) {
      nodes.push(h("pre", { tabindex: "0" }, h("code", {}, fence[1].replace(/\n$/, ""))));
      rest = rest.slice(fence[0].length).replace(/^\n/, "");
      continue;
    }
    const [lines, after] = untilFence(rest);
    nodes.push(...blocks(lines));
    rest = after;
  }
  return nodes;
}

function untilFence(text) {
  const at = text.search(/```[\s\S]*?```/);
  return at <= 0
    ? [text.split("\n"), ""]
    : [text.slice(0, at).replace(/\n$/, "").split("\n"), text.slice(at)];
}

function blocks(lines) {
  const nodes = [];
  while (lines.length) {
    const kind = kindOf(lines[0]);
    const length = lines.findIndex((line) => kindOf(line) !== kind);
    const run = lines.slice(0, length < 0 ? lines.length : length);
    nodes.push(...RENDER[kind](run));
    lines = lines.slice(run.length);
  }
  return nodes;
}

function kindOf(line) {
  if (/^> /.test(line) || line === ">") return "quote";
  if (/^-# +\S/.test(line)) return "small";
  if (/^ *[-*] +\S/.test(line)) return "list";
  return HEADING.test(line) ? "heading" : "text";
}

const RENDER = {
  quote: (run) => [h("blockquote", {}, blocks(run.map((line) => line.replace(/^> ?/, ""))))],
  small: (run) => run.map((line) => h("p", { class: "small" }, inline(line.replace(/^-# +/, "")))),
  list: (run) => [
    h(
      "ul",
      {},
      run.map((line) => h("li", {}, inline(line.replace(/^ *[-*] +/, "")))),
    ),
  ],
  heading: (run) =>
    run.map((line) =>
      h("p", { class: `heading level-${HEADING.exec(line)[1].length}` }, inline(HEADING.exec(line)[2])),
    ),
  text: (run) => [
    h(
      "p",
      {},
      run.flatMap((line, index) => (index ? [h("br"), ...inline(line)] : inline(line))),
    ),
  ],
};

const INNER = String.raw`((?:\\[\s\S]|[^\\])+?)`;
const RULES = [
  [/\\([!-\/:-@\[-`{-~])/y, (m) => m[1]],
  [/(`{1,2})((?:(?!\1)[\s\S])+)\1/y, (m) => h("code", {}, m[2])],
  [new RegExp(String.raw`\|\|${INNER}\|\|`, "y"), (m) => spoiler(inline(m[1]))],
  [new RegExp(String.raw`\*\*${INNER}\*\*(?!\*)`, "y"), (m) => h("strong", {}, inline(m[1]))],
  [new RegExp(String.raw`__${INNER}__(?!_)`, "y"), (m) => h("u", {}, inline(m[1]))],
  [new RegExp(String.raw`~~${INNER}~~`, "y"), (m) => h("s", {}, inline(m[1]))],
  [new RegExp(String.raw`\*(?!\s)${INNER}\*(?!\*)`, "y"), (m) => h("em", {}, inline(m[1]))],
  [new RegExp(String.raw`_(?!\s)${INNER}_(?!\w)`, "y"), (m) => h("em", {}, inline(m[1]))],
  [/<@!?(\d+)>/y, (m) => mention(`@${person(m[1])?.name ?? "unknown"}`, m[1] === state.member)],
  [/<@&(\d+)>/y, (m) => mention(`@${role(m[1])?.name ?? "unknown role"}`)],
  [/<#(\d+)>/y, (m) => channelLink(m[1])],
  [/<t:(-?\d+)(?::([tTdDfFR]))?>/y, (m) => timestamp(Number(m[1]), m[2])],
  [/<\/([^:>]{1,100}):\d+>/y, (m) => commandLink(m[1])],
  [/\[((?:\\.|[^\]\\])+)\]\(<?(https?:\/\/[^\s)>]+)>?\)/y, (m) => link(m[2], inline(m[1]))],
  [/<(https?:\/\/[^\s>]+)>/y, (m) => link(m[1], m[1])],
  [/https?:\/\/[^\s<>)\]]+[^\s<>)\].,;:!?'"*_]/y, (m) => link(m[0], m[0])],
];
const MESSAGE_LINK = /^https:\/\/discord\.com\/channels\/(?:\d+|@me)\/(\d+)\/(\d+)$/;

/** The nodes of a piece of a line. */
export function inline(text) {
  const nodes = [];
  let plain = "";
  for (let at = 0; at < text.length;) {
    const found = match(text, at);
    if (found) {
      if (plain) nodes.push(plain);
      plain = "";
      nodes.push(found.node);
      at += found.length;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  return plain ? [...nodes, plain] : nodes;
}

function match(text, at) {
  if (/[\p{L}\p{N}\s]/u.test(text[at]) && text[at] !== "h") return null; // no rule begins with a letter but an address
  if (text[at] === "_" && /\w/.test(text[at - 1] ?? "") && text[at + 1] !== "_") return null; // snake_case
  for (const [pattern, render] of RULES) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) return { node: render(found), length: found[0].length };
  }
  return null;
}

const mention = (text, isMe = false) => h("span", { class: isMe ? "mention is-me" : "mention" }, text);

function channelLink(id) {
  const there = channel(id);
  if (!there) return mention("#unknown");
  return h("a", { class: "mention", href: "#messages", data: { channel: id } }, `#${there.name}`);
}

const commandLink = (name) =>
  h("a", { class: "mention", href: "#composer", data: { command: name } }, `/${name}`);

function link(address, shown) {
  const message = MESSAGE_LINK.exec(address);
  if (message) {
    const where = channel(message[1]);
    const label = typeof shown === "string" ? `#${where?.name ?? "unknown"} › message` : shown;
    return h(
      "a",
      { class: "mention", href: `#m${message[2]}`, data: { channel: message[1], message: message[2] } },
      label,
    );
  }
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, shown);
}

/** Something that is shown once it is asked for. */
export function spoiler(children) {
  const inner = h("span", { class: "spoiler-inner", hidden: true }, children);
  const button = h(
    "button",
    { type: "button", class: "spoiler", "aria-expanded": "false", "aria-label": "Spoiler: show it" },
    "spoiler",
  );
  button.addEventListener("click", () => {
    inner.hidden = false;
    button.remove();
  });
  return h("span", {}, button, inner);
}
