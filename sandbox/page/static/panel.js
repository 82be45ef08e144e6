// The control panel: what the world does to the bot, and what the bot's own rows say meanwhile.

import { fill, find, h } from "./dom.js";
import { on, state } from "./state.js";
import { jobNode } from "./timeline.js";
import { toast } from "./toasts.js";
import { act, Refused } from "./wire.js";

const SPEEDS = [
  [0, "stopped"],
  [1, "×1"],
  [4, "×4"],
  [20, "×20"],
];
// Each as the end of a sentence that begins with "The video service".
const VIDEO = [
  ["none", "Works as it should"],
  ["slow", "Is slow: four minutes a video"],
  ["fails", "Fails every video"],
  ["refuses", "Refuses the prompt (moderation)"],
  ["no_credit", "Is out of credit"],
  ["large_clip", "Sends a 60 MB clip"],
  ["hevc_clip", "Sends an HEVC clip"],
  ["down", "Answers 503 to every look"],
];
const STATES = {
  online: ["Bot online", "good"],
  starting: ["Bot starting …", "wait"],
  offline: ["Bot cut off from Discord", "wait"],
  killed: ["Bot killed", "bad"],
  stopped: ["Bot stopped", "bad"],
  crashed: ["Bot crashed", "bad"],
  not_started: ["Bot not started", "wait"],
  lost: ["Sandbox has ended", "bad"],
};
const parts = {
  status: h("p", { class: "pill" }),
  deeds: h("div", { class: "deeds" }),
  speed: radios(SPEEDS, (speed) => turn("speed", { speed: Number(speed) })),
  video: choice("The video service", VIDEO, (trouble) => turn("video", { trouble })),
  language: choice("The server's language", [], (locale) => turn("language", { locale })),
  chat: h("label", { class: "switch" }),
  bill: h("p", { class: "bill" }),
  jobs: h("div", { class: "jobs" }),
  log: h("pre", { class: "log", tabindex: "0", "aria-label": "The bot's log" }),
};
let everConnected = 0;

export function openPanel() {
  const section = (title, ...children) => h("section", {}, h("h3", {}, title), children);
  fill(
    find("panel"),
    h("h2", {}, "Control panel"),
    h("section", { class: "the-bot" }, h("h3", {}, "The bot"), parts.status, parts.deeds),
    section(
      "The video service",
      parts.video.node,
      h("div", { class: "time" }, h("span", { "aria-hidden": "true" }, "Its time runs"), parts.speed.node),
    ),
    section(
      "Discord",
      h(
        "div",
        { class: "server-language" },
        h("span", { "aria-hidden": "true" }, "The server's language"),
        parts.language.node,
      ),
      parts.chat,
      gateway(),
    ),
    section("Jobs, live from the bot's database", parts.bill, parts.jobs),
    log(),
  );
  botDeeds();
  on("bot isLost", showBot);
  on("troubles", showTroubles);
  on("jobs bot world", showJobs);
  setInterval(
    () => state.jobs.some((job) => !["delivered", "cancelled", "failed"].includes(job.state)) && showJobs(),
    500,
  );
}

/** How the bot is, in one word. */
export function botWord() {
  if (state.isLost) return "lost";
  const { bot } = state;
  if (!bot) return "not_started";
  if (bot.state !== "running") return bot.state;
  if (bot.isConnected) {
    everConnected = bot.starts;
    return "online";
  }
  return everConnected === bot.starts ? "offline" : "starting";
}

function showBot() {
  const [text, kind] = STATES[botWord()];
  for (const pill of [parts.status, find("bot-pill")]) {
    if (pill.textContent !== text) pill.textContent = text;
    pill.className = `pill ${kind}`;
  }
  const runs = state.bot?.state === "running";
  const [kill, start, stop] = parts.deeds.children;
  kill.disabled = stop.disabled = !runs;
  start.disabled = runs;
}

function botDeeds() {
  const button = (deed, text, kind) =>
    h(
      "button",
      { type: "button", class: `button ${kind}`, on: { click: () => turn("bot", { deed }) } },
      text,
    );
  fill(
    parts.deeds,
    button("kill", "Kill the bot now", "danger"),
    button("start", "Start it again", "success"),
    button("stop", "Stop it", "secondary"),
  );
}

function radios(choices, onChange) {
  const inputs = choices.map(([value]) =>
    h("input", { type: "radio", name: "speed", value: String(value), on: { change: () => onChange(value) } }),
  );
  const labels = choices.map(([, text], index) => h("label", {}, inputs[index], h("span", {}, text)));
  const show = (value) => inputs.forEach((input) => (input.checked = input.value === String(value)));
  return {
    node: h(
      "div",
      { class: "radios", role: "radiogroup", "aria-label": "Speed of time at the video service" },
      labels,
    ),
    show,
  };
}

function choice(label, choices, onChange) {
  const select = h(
    "select",
    { on: { change: () => onChange(select.value) } },
    choices.map(([value, text]) => h("option", { value }, text)),
  );
  return {
    node: h("label", { class: "choice" }, h("span", { class: "unseen" }, label), select),
    show: (value) => (select.value = value),
  };
}

function gateway() {
  const button = (text, forgets) =>
    h(
      "button",
      { type: "button", class: "button secondary", on: { click: () => turn("gateway", { forgets }) } },
      text,
    );
  return h("div", { class: "deeds" }, button("Drop the gateway", false), button("… and its session", true));
}

async function turn(verb, body) {
  try {
    await act(verb, body);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    toast(error.message);
  }
}

function showTroubles() {
  const { troubles } = state;
  parts.speed.show(troubles.speed);
  parts.video.show(troubles.video);
  showLanguage(troubles.language);
  if (!parts.chat.children.length) {
    const box = h("input", {
      type: "checkbox",
      role: "switch",
      on: { change: () => turn("chat", { trouble: box.checked ? "errors" : "none" }) },
    });
    fill(parts.chat, box, h("span", {}, "Answers 503 to all that the bot says"));
  }
  parts.chat.firstChild.checked = troubles.chat === "errors";
  fill(
    parts.bill,
    h("b", {}, `Ordered upstream: ${troubles.ordered}`),
    ` · charged: ${troubles.charges} ($${troubles.charged})`,
  );
}

/** What everybody reads is in the language of the server, whatever its reader's own is. */
function showLanguage(locale) {
  const select = parts.language.node.querySelector("select");
  if (!select.options.length) {
    const languages = state.world?.languages ?? [];
    fill(
      select,
      languages.map((each) => h("option", { value: each.locale }, each.name)),
    );
  }
  parts.language.show(locale);
}

function showJobs() {
  if (!state.world) return;
  const nodes = state.jobs.map((job) => jobNode(job, state.bot?.turns ?? []));
  fill(
    parts.jobs,
    nodes.length ? nodes : h("p", { class: "nothing" }, "No job yet. Type /video in the chat."),
  );
}

function log() {
  const details = h("details", {}, h("summary", {}, "The bot's log"), parts.log);
  const read = async () => {
    if (!details.open) return;
    const response = await fetch("log").catch(() => null);
    if (response?.ok) parts.log.textContent = (await response.text()) || "Nothing yet.";
    setTimeout(read, 2000);
  };
  details.addEventListener("toggle", read);
  return details;
}
