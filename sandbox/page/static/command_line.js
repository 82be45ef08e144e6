// A slash command while it is filled in: its name, a chip for each option, and a field that adds more of them.

import { interact } from "./deeds.js";
import { fill, h, newId } from "./dom.js";
import { icon } from "./icons.js";
import { OptionField } from "./option_field.js";
import { closePopup, openPopup, steerPopup } from "./popup.js";
import { state } from "./state.js";
import { toast } from "./toasts.js";
import { Refused } from "./wire.js";

export class CommandLine {
  /** `leave` is called with what should stand in the plain message box afterwards. */
  constructor(command, leave) {
    this.command = command;
    this.leave = leave;
    this.fields = command.options
      .filter((option) => option.required)
      .map((option) => new OptionField(option, this));
    const hint = newId("hint");
    this.hint = h("p", { class: "command-hint", id: hint }, command.description);
    this.chips = h("span", { class: "chips" });
    this.more = h("input", {
      type: "text",
      role: "combobox",
      class: "more",
      autocomplete: "off",
      "aria-expanded": "false",
      "aria-autocomplete": "list",
      "aria-label": "Add an option",
      "data-main": this.fields.length ? null : "",
    });
    const send = h(
      "button",
      { type: "submit", class: "send", "aria-label": `Send /${command.label}` },
      icon("send"),
    );
    const name = h("span", { class: "command-name" }, `/${command.label}`);
    this.node = h(
      "form",
      { class: "command-line", novalidate: "", "aria-label": `/${command.label}`, "aria-describedby": hint },
      this.hint,
      h("div", { class: "command-row" }, name, this.chips, send),
    );
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.node.addEventListener("keydown", (event) => this.key(event));
    this.more.addEventListener("focus", () => this.offerMore());
    this.more.addEventListener("input", () => this.offerMore());
    this.more.addEventListener("blur", () => {
      closePopup(this.more);
      this.more.value = "";
    });
    this.show();
  }

  show() {
    const rest = this.left().length;
    this.more.placeholder = rest ? `+${rest} more` : "";
    this.more.hidden = !rest && this.fields.length > 0;
    this.more.readOnly = !rest;
    const nodes = this.fields.map((field) => field.node);
    // Moving a node takes the keyboard away from it, so those that are there stay where they are.
    if (nodes.some((node) => !node.isConnected) || this.chips.children.length !== nodes.length + 1)
      fill(this.chips, nodes, this.more);
  }

  focus() {
    (this.fields[0] ?? this.more).focus();
  }

  left() {
    return this.command.options.filter((option) => !this.fields.some((field) => field.option === option));
  }

  offerMore() {
    this.hint.textContent = this.command.description;
    const typed = this.more.value.trim().toLowerCase();
    const items = this.left()
      .filter((option) => option.label.toLowerCase().includes(typed))
      .map((option) => ({ label: option.label, detail: option.description, value: option }));
    openPopup(this.more, {
      title: "Options",
      items,
      active: typed ? 0 : -1,
      onPick: (item) => this.add(item.value),
      empty: typed && "No such option.",
    });
  }

  add(option) {
    const field = new OptionField(option, this);
    this.fields.push(field);
    this.show();
    field.focus();
  }

  remove(field) {
    const at = this.fields.indexOf(field);
    this.fields = this.fields.filter((each) => each !== field);
    closePopup(field.input);
    this.show();
    (this.fields[at - 1] ?? this.fields[0] ?? this.more).focus();
  }

  describe(option) {
    this.hint.textContent = `${option.label}: ${option.description}`;
  }

  /** A value was picked: on to what is next. */
  filled(field) {
    const next = this.fields[this.fields.indexOf(field) + 1];
    if (next && !next.input.value) next.focus();
    else if (this.left().length) this.more.focus();
    else field.focus();
  }

  key(event) {
    if (steerPopup(event)) return;
    const field = this.fields.find((each) => each.input === event.target);
    if (event.key === "Escape") this.leave("");
    else if (event.key === "Backspace" && event.target.value === "") this.backspace(field);
    else return;
    event.preventDefault();
  }

  backspace(field) {
    if (field && !field.option.required) return this.remove(field);
    const at = field ? this.fields.indexOf(field) : this.fields.length;
    if (at > 0) this.fields[at - 1].focus();
    else this.leave(`/${this.command.name}`);
  }

  /** What was filled in so far and may be told with a request for suggestions. */
  plainValues(except) {
    const others = this.fields.filter((field) => field !== except && field.option.type !== "attachment");
    return Object.fromEntries(
      others
        .filter((field) => field.input.value && !field.fault())
        .map((field) => [field.option.name, field.value()]),
    );
  }

  async send() {
    const wrong = this.fields.filter((field) => !field.check());
    if (wrong.length) return wrong[0].focus();
    closePopup();
    let options;
    try {
      options = Object.fromEntries(
        await Promise.all(this.fields.map(async (field) => [field.option.name, await field.sent()])),
      );
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return toast(error.message);
    }
    this.leave("");
    await interact("command", { channel: state.channel, name: this.command.name, options });
  }
}
