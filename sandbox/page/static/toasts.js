// Short notes above the message box, read out at once; each goes by itself or by its button.

import { find, h } from "./dom.js";
import { icon } from "./icons.js";

const STAYS = 9000;

export function toast(text) {
  const gone = () => note.remove();
  const note = h(
    "div",
    { class: "toast" },
    h("p", {}, text),
    h(
      "button",
      { type: "button", class: "icon-button", "aria-label": "Dismiss", on: { click: gone } },
      icon("close"),
    ),
  );
  const box = find("toasts");
  box.append(note);
  while (box.children.length > 3) box.firstChild.remove();
  setTimeout(gone, STAYS);
}
