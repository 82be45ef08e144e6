// The frame around the chat: light or dark, and the two sides that slide in where there is no room for them.

import { fill, find } from "./dom.js";
import { icon } from "./icons.js";

const THEMES = ["auto", "light", "dark"];
const SIDES = [
  ["show-sidebar", "sidebar", "(min-width: 48rem)"],
  ["show-panel", "panel", "(min-width: 75rem)"],
];

export function openShell() {
  fill(find("show-sidebar"), icon("menu"));
  fill(find("show-panel"), icon("panel"));
  const button = find("theme");
  showTheme(localStorage.getItem("theme") ?? "auto");
  button.addEventListener("click", () =>
    showTheme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]),
  );
  for (const side of SIDES) openSide(...side);
}

function showTheme(theme) {
  const known = THEMES.includes(theme) ? theme : "auto";
  document.documentElement.dataset.theme = known;
  localStorage.setItem("theme", known);
  fill(find("theme"), icon(known));
  find("theme").setAttribute("aria-label", `Theme: ${known}`);
  find("theme").title = `Theme: ${known}`;
}

/** A side is open where there is room; elsewhere a button lets it slide in, and Escape or a click beside it out. */
function openSide(buttonId, sideId, room) {
  const [button, side, wide] = [find(buttonId), find(sideId), matchMedia(room)];
  const show = (isOpen) => {
    side.classList.toggle("closed", !isOpen);
    button.setAttribute("aria-expanded", String(isOpen));
  };
  const isOpen = () => !side.classList.contains("closed");
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    show(!isOpen());
    if (isOpen() && !wide.matches) side.querySelector("button:not(:disabled), select, input")?.focus();
  });
  document.addEventListener(
    "click",
    (event) => !wide.matches && !side.contains(event.target) && event.target.isConnected && show(false),
  );
  side.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || wide.matches) return;
    show(false);
    button.focus();
  });
  wide.addEventListener("change", () => show(wide.matches));
  show(wide.matches);
}

/** Slide the places away once one was chosen on a narrow screen. */
export function placeChosen() {
  if (!matchMedia(SIDES[0][2]).matches) find("sidebar").classList.add("closed");
}
