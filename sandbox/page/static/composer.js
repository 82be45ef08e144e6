// The message box: words and files, or a slash command once one begins with "/".

import { CommandLine } from "./command_line.js";
import { fill, find, h } from "./dom.js";
import { icon } from "./icons.js";
import { closePopup, openPopup, steerPopup } from "./popup.js";
import { channel, on, state } from "./state.js";
import { toast } from "./toasts.js";
import { actAsMe, asUpload, Refused } from "./wire.js";

const MOST = 25;
const LONGEST = 2000;
let files = [];
let line = null;
const drafts = new Map();

const box = h("textarea", {
  id: "message-box",
  rows: "1",
  "aria-autocomplete": "list",
  "aria-haspopup": "listbox",
  autocomplete: "off",
  "data-main": "",
});
const picker = h("input", {
  type: "file",
  multiple: true,
  class: "unseen",
  tabindex: "-1",
  "aria-hidden": "true",
});
const attach = h(
  "button",
  { type: "button", class: "icon-button", "aria-haspopup": "menu", "aria-label": "Attach a file" },
  icon("plus"),
);
const send = h("button", { type: "submit", class: "send", "aria-label": "Send the message" }, icon("send"));
const chips = h("ul", { class: "file-chips", "aria-label": "Files to be sent" });
const plain = h(
  "form",
  { class: "plain-line" },
  chips,
  h("div", { class: "plain-row" }, attach, picker, box, send),
);

/** Set the message box up. */
export function openComposer() {
  box.addEventListener("input", lookForCommand);
  box.addEventListener("focus", lookForCommand);
  box.addEventListener("blur", () => closePopup(box));
  box.addEventListener("keydown", (event) => {
    if (steerPopup(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      write();
    }
  });
  plain.addEventListener("submit", (event) => {
    event.preventDefault();
    write();
  });
  attach.addEventListener("click", offerFiles);
  picker.addEventListener("change", () => addFiles([...picker.files]));
  on("world channel", showPlace);
  // What is offered may differ for another member, channel or language.
  on("commands", () => {
    if (line) sameCommand() || leave("");
    else if (document.activeElement === box) lookForCommand();
  });
  show();
}

const sameCommand = () =>
  state.commands.slash.some((command) => JSON.stringify(command) === JSON.stringify(line.command));

/** Begin a command by its name, as a link to it does. */
export function begin(name) {
  const command = state.commands.slash.find((each) => each.name === name);
  if (command) enter(command);
}

function show() {
  if (!line) fill(find("composer"), plain);
  else fill(find("composer"), line.node);
}

function showPlace() {
  const here = channel(state.channel);
  box.placeholder = here?.maySend
    ? `Message ${here.type === 1 ? "@" : "#"}${here.name} or type /`
    : "You may not write here";
  box.setAttribute("aria-label", box.placeholder);
  box.disabled = !here?.maySend;
  box.value = box.value || drafts.get(state.channel) || "";
}

/** Keep what was written in a channel that is left. */
export function keepDraft() {
  if (box.value) drafts.set(state.channel, box.value);
  else drafts.delete(state.channel);
  files = [];
  showFiles();
  leave("", { focuses: false });
}

function lookForCommand() {
  const typed = box.value;
  if (!typed.startsWith("/") || typed.includes("\n")) return closePopup(box);
  const exact = state.commands.slash.find((command) =>
    [`/${command.label} `, `/${command.name} `].includes(typed.toLowerCase()),
  );
  if (exact) return enter(exact);
  const wanted = typed.slice(1).trim().toLowerCase();
  const items = state.commands.slash
    .map((command) => ({ command, rank: rank(command, wanted) }))
    .filter((each) => each.rank < 3)
    .sort((one, other) => one.rank - other.rank)
    .slice(0, MOST)
    .map(({ command }) => ({
      label: `/${command.label}`,
      detail: command.description,
      badge: `${command.options.length || "no"} option${command.options.length === 1 ? "" : "s"}`,
      value: command,
    }));
  const empty = state.commands.slash.length
    ? "No such command."
    : "The bot has not registered any commands here yet.";
  openPopup(box, { title: "Commands of the bot", items, onPick: (item) => enter(item.value), empty });
}

function rank(command, wanted) {
  const names = [command.label.toLowerCase(), command.name];
  if (names.some((name) => name.startsWith(wanted))) return 0;
  if (names.some((name) => name.includes(wanted))) return 1;
  return command.description.toLowerCase().includes(wanted) ? 2 : 3;
}

function enter(command) {
  closePopup();
  box.value = "";
  line = new CommandLine(command, leave);
  show();
  line.focus();
}

function leave(text, { focuses = true } = {}) {
  closePopup();
  line = null;
  show();
  box.value = text;
  if (focuses) box.focus();
  if (!text) closePopup(box);
}

async function write() {
  const text = box.value.trim();
  if (!text && !files.length) return;
  if (text.startsWith("/") && state.commands.slash.length)
    return toast("Choose a command from the list, or begin with something else than a slash.");
  if ([...text].length > LONGEST)
    return toast(`A message has at most ${LONGEST} characters; this one has ${[...text].length}.`);
  const [sent, words] = [files, box.value];
  box.value = "";
  files = [];
  showFiles();
  try {
    await actAsMe("write", {
      channel: state.channel,
      text,
      files: await Promise.all(
        sent.map((each) => (each.sample ? { sample: each.sample } : asUpload(each.file))),
      ),
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    box.value = words;
    files = sent;
    showFiles();
    toast(error.message);
  }
}

function offerFiles() {
  box.focus();
  const items = [
    { label: "A file of yours …", detail: "opens the file chooser", value: null },
    ...(state.world?.samples ?? []).map((sample) => ({
      label: sample.name,
      detail: sample.note,
      value: sample.name,
    })),
  ];
  openPopup(box, {
    title: "Attach",
    items,
    onPick: (item) => (item.value ? addSample(item.value) : picker.click()),
  });
}

function addSample(name) {
  files.push({ name, sample: name });
  showFiles();
  box.focus();
}

function addFiles(chosen) {
  files.push(...chosen.map((file) => ({ name: file.name, file })));
  picker.value = "";
  showFiles();
  box.focus();
}

function showFiles() {
  const drop = (file) => () => {
    files = files.filter((each) => each !== file);
    showFiles();
    box.focus();
  };
  fill(
    chips,
    files.map((file) =>
      h(
        "li",
        {},
        file.name,
        h(
          "button",
          {
            type: "button",
            class: "chip-remove",
            "aria-label": `Remove ${file.name}`,
            on: { click: drop(file) },
          },
          icon("close"),
        ),
      ),
    ),
  );
  chips.hidden = !files.length;
}
