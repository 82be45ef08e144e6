// Times as the reader's language writes them; relative ones keep themselves up to date.

import { h } from "./dom.js";
import { state } from "./state.js";

const UNITS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};

export const clock = (at, style = "t") => new Intl.DateTimeFormat(state.locale, STYLES[style]).format(at);

export function relative(at, now = Date.now()) {
  const seconds = Math.round((at - now) / 1000);
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat(state.locale, { numeric: "always" }).format(
    Math.trunc(seconds / length),
    unit,
  );
}

/** `<t:…:R>` and its kin. */
export function timestamp(seconds, style = "f") {
  const at = seconds * 1000;
  if (!Number.isFinite(at) || Math.abs(at) > 8.64e15) return `<t:${seconds}>`;
  const text = style === "R" ? relative(at) : clock(at, style);
  const data = style === "R" ? { relative: at } : {};
  return h(
    "time",
    { class: "stamp", datetime: new Date(at).toISOString(), title: clock(at, "F"), data },
    text,
  );
}

/** A stretch of time as a stopwatch shows it. */
export function stretch(ms) {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** Begin to keep relative times up to date. */
export function tick() {
  setInterval(() => {
    for (const node of document.querySelectorAll("time[data-relative]")) {
      const text = relative(Number(node.dataset.relative));
      if (node.textContent !== text) node.textContent = text;
    }
  }, 1000);
}
