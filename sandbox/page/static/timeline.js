// Each job's row as a line of states, with times and money; the bot's own deaths and starts stand between them.

import { h } from "./dom.js";
import { person } from "./state.js";
import { clock, stretch } from "./times.js";

const ENDS = ["delivered", "cancelled", "failed"];
const TURNS = {
  killed: "bot killed",
  running: "bot started",
  stopped: "bot stopped",
  crashed: "bot crashed",
};

export const dollars = (micro) => (micro === null ? "—" : `$${(micro / 1e6).toFixed(micro % 10000 ? 4 : 2)}`);

/** One job; `turns` are the bot's starts and ends. */
export function jobNode(job, turns) {
  const isOver = ENDS.includes(job.state);
  const first = job.steps[0]?.at ?? 0;
  const last = isOver ? job.steps.at(-1).at : Infinity;
  const between = turns.filter((turn) => turn.at > first && turn.at < last && TURNS[turn.state]);
  const lines = [
    ...job.steps.map((step) => ({
      at: step.at,
      name: step.state,
      kind: "state",
      note: step.isStored ? "" : "seen",
    })),
    ...between.map((turn) => ({ at: turn.at, name: TURNS[turn.state], kind: "turn" })),
  ].sort(
    (one, other) => Number(ENDS.includes(one.name)) - Number(ENDS.includes(other.name)) || one.at - other.at,
  );
  return h(
    "article",
    { class: `job ${isOver ? job.state : "alive"}`, "aria-label": `Job ${job.id}, ${job.state}` },
    h(
      "header",
      {},
      h("b", {}, `#${job.id} ${person(job.user)?.name ?? "?"}`),
      h(
        "span",
        { class: `state ${job.state}` },
        job.reason ? `${job.state}: ${job.reason.replaceAll("_", " ")}` : job.state,
      ),
    ),
    h("p", { class: "job-prompt" }, job.prompt || "(forgotten)"),
    h(
      "p",
      { class: "job-shape" },
      `${job.model} · ${job.shape}${job.attempts ? ` · tried ${job.attempts} times` : ""}`,
    ),
    bar(job, isOver),
    h(
      "ol",
      { class: "steps" },
      lines.map((line, index) => step(line, lines.slice(index + 1), first)),
    ),
    money(job),
  );
}

function step(line, rest, first) {
  const next = line.kind === "state" && rest.find((other) => other.kind === "state");
  return h(
    "li",
    { class: `${line.kind === "turn" ? "turn" : "step"} ${line.name.replace(" ", "-")}` },
    h("span", { class: "step-name" }, line.name),
    h("time", { title: clock(line.at, "T") }, `+${stretch(line.at - first)}`),
    h("span", { class: "step-lasts" }, next ? stretch(next.at - line.at) : ""),
  );
}

/** The same as a picture: how long each state took. */
function bar(job, isOver) {
  const now = isOver ? job.steps.at(-1).at : Date.now();
  const whole = Math.max(1, now - (job.steps[0]?.at ?? now));
  const parts = job.steps.map((each, index) => {
    const until = job.steps[index + 1]?.at ?? now;
    const part = h("span", {
      class: `part ${each.state}`,
      title: `${each.state} ${stretch(until - each.at)}`,
    });
    part.style.flexGrow = String(Math.max(0.5, ((until - each.at) / whole) * 100));
    return part;
  });
  return h("div", { class: "bar", "aria-hidden": "true" }, parts);
}

function money(job) {
  const pair = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  return h(
    "dl",
    { class: "money" },
    pair("reserved", dollars(job.reserved)),
    pair("held", dollars(job.held)),
    pair("cost", dollars(job.cost)),
  );
}
