// One option of a command while it is filled in: a chip with its name, a field, and what the client knows of values.

import { h, newId } from "./dom.js";
import { icon } from "./icons.js";
import { closePopup, isOpenFor, openPopup } from "./popup.js";
import { guildOf, person, state } from "./state.js";
import { actAsMe, asUpload } from "./wire.js";

const SUGGESTS_AFTER = 120;
const TYPES = { text: 0, voice: 2, category: 4, forum: 15 };
const YES_OR_NO = [
  { label: "True", value: true },
  { label: "False", value: false },
];
const PICKED_ONLY = ["boolean", "user", "role", "channel", "mentionable", "attachment"];

export class OptionField {
  /** `line` is the command line it stands in: it says what else was filled in, and is told of changes. */
  constructor(option, line) {
    this.option = option;
    this.line = line;
    this.picked = null;
    this.asked = 0;
    const [id, fault] = [newId("option"), newId("fault")];
    this.input = h("input", {
      id,
      type: "text",
      role: "combobox",
      class: "option-input",
      autocomplete: "off",
      spellcheck: String(option.type === "string" && !option.suggests),
      "aria-expanded": "false",
      "aria-autocomplete": "list",
      "aria-required": String(option.required),
      "aria-describedby": fault,
      "data-main": option.required ? "" : null,
    });
    this.file =
      option.type === "attachment"
        ? h("input", { type: "file", class: "unseen", tabindex: "-1", "aria-hidden": "true" })
        : null;
    this.faultNode = h("span", { class: "fault", id: fault });
    const label = h("label", { for: id, title: option.description }, option.label);
    const drop = h(
      "button",
      { type: "button", class: "chip-remove", tabindex: "-1", "aria-label": `Remove ${option.label}` },
      icon("close"),
    );
    drop.addEventListener("click", () => line.remove(this));
    this.node = h(
      "span",
      { class: option.type === "string" && option.required ? "chip wide" : "chip" },
      label,
      this.input,
      this.file,
      option.required ? null : drop,
      this.faultNode,
    );
    this.grow();
    this.listen();
  }

  listen() {
    this.input.addEventListener("focus", () => this.look());
    this.input.addEventListener("blur", () => closePopup(this.input));
    this.input.addEventListener("input", () => {
      this.picked = null;
      this.complain("");
      this.grow();
      this.look();
    });
    this.file?.addEventListener("change", () => {
      const [file] = this.file.files;
      if (file) this.pick({ label: file.name, value: file });
    });
  }

  focus() {
    this.input.focus();
  }

  /** Show what fits what was typed so far. */
  async look() {
    this.line.describe(this.option);
    const title = `${this.option.label} — ${this.option.description}`;
    if (this.option.suggests) return this.suggest(title);
    const items = this.known();
    if (!items) return;
    const typed = this.picked ? "" : this.input.value.toLowerCase();
    const fitting = items.filter((item) => item.label.toLowerCase().includes(typed)).slice(0, 25);
    openPopup(this.input, {
      title,
      items: fitting,
      onPick: (item) => this.pick(item),
      empty: "No options match.",
    });
  }

  /** All values that the client itself knows; null where anything may be typed. */
  known() {
    const guild = guildOf(state.channel);
    const users = (guild?.members ?? [state.member, state.world.bot]).map((id) => ({
      label: person(id).name,
      detail: person(id).note,
      value: id,
    }));
    const roles = (guild?.roles ?? []).map((role) => ({ label: `@${role.name}`, value: role.id }));
    const { channelTypes, choices, type } = this.option;
    switch (type) {
      case "boolean":
        return YES_OR_NO;
      case "user":
        return users;
      case "role":
        return roles;
      case "mentionable":
        return [...users, ...roles];
      case "channel":
        return (guild?.channels ?? [])
          .filter((channel) => !channelTypes || channelTypes.includes(channel.type ?? TYPES.text))
          .map((channel) => ({ label: `#${channel.name}`, value: channel.id }));
      case "attachment":
        return [
          { label: "A file of yours …", detail: "opens the file chooser", value: null },
          ...state.world.samples.map((sample) => ({
            label: sample.name,
            detail: sample.note,
            value: { sample: sample.name },
          })),
        ];
      default:
        return choices.length ? choices.map((choice) => ({ label: choice.name, value: choice.value })) : null;
    }
  }

  async suggest(title) {
    const turn = (this.asked += 1);
    if (!isOpenFor(this.input))
      openPopup(this.input, { title, items: [], empty: "Loading options …", onPick: () => {} });
    await new Promise((resolve) => setTimeout(resolve, SUGGESTS_AFTER));
    if (turn !== this.asked) return;
    let answer;
    try {
      answer = await actAsMe("suggest", {
        channel: state.channel,
        name: this.line.command.name,
        option: this.option.name,
        text: this.input.value,
        options: this.line.plainValues(this),
      });
    } catch {
      answer = { choices: [], isLate: true };
    }
    if (turn !== this.asked || document.activeElement !== this.input) return;
    const items = answer.choices.map((choice) => ({
      label: choice.name,
      detail: choice.name === String(choice.value) ? "" : String(choice.value),
      value: choice.value,
    }));
    const empty = answer.isLate ? "Loading options failed." : "No options match. You can send it as it is.";
    openPopup(this.input, { title, items, onPick: (item) => this.pick(item), empty });
  }

  pick(item) {
    if (this.option.type === "attachment" && item.value === null) return this.file.click();
    this.asked += 1;
    this.picked = item;
    this.input.value = item.label;
    this.complain("");
    this.grow();
    this.line.filled(this);
  }

  grow() {
    if (!this.node.classList.contains("wide"))
      this.input.size = Math.min(40, Math.max(6, this.input.value.length + 1));
  }

  complain(text) {
    this.faultNode.textContent = text;
    this.input.setAttribute("aria-invalid", String(Boolean(text)));
  }

  /** Whether the value may be sent, as Discord's client checks it; what is wrong is said beside it. */
  check() {
    const text = this.fault();
    this.complain(text);
    return !text;
  }

  fault() {
    const { option, picked } = this;
    const typed = this.input.value;
    if (!typed && !picked) return "This option is required. Specify a value.";
    if (PICKED_ONLY.includes(option.type) || option.choices.length)
      return picked || this.exact() ? "" : "Choose one from the list.";
    if (option.type === "string") {
      const length = [...typed].length;
      if (length < (option.minLength ?? 0)) return `Must be at least ${option.minLength} characters.`;
      return length > (option.maxLength ?? 6000)
        ? `Must be at most ${option.maxLength ?? 6000} characters.`
        : "";
    }
    const number = picked ? Number(picked.value) : Number(typed);
    if (!Number.isFinite(number) || (option.type === "integer" && !Number.isInteger(number))) {
      return option.type === "integer" ? "Input a valid integer." : "Input a valid number.";
    }
    if (number < (option.minValue ?? -Infinity)) return `Must be at least ${option.minValue}.`;
    return number > (option.maxValue ?? Infinity) ? `Must be at most ${option.maxValue}.` : "";
  }

  /** What was typed out in full is as good as picked. */
  exact() {
    const found = this.known()?.find(
      (item) => item.value !== null && item.label.toLowerCase() === this.input.value.trim().toLowerCase(),
    );
    if (found) this.picked = found;
    return Boolean(found);
  }

  /** The value as it is sent; files are not read yet. */
  value() {
    if (this.picked) return this.picked.value;
    return ["integer", "number"].includes(this.option.type) ? Number(this.input.value) : this.input.value;
  }

  async sent() {
    const value = this.value();
    return value instanceof File ? asUpload(value) : value;
  }
}
