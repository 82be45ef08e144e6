// Puts the page together: who one is, where one is, and what follows from a change of either.

import { begin, keepDraft, openComposer } from "./composer.js";
import { find } from "./dom.js";
import { clear, followTheEnd, point, showMessages } from "./messages.js";
import { openPanel } from "./panel.js";
import { openShell, placeChosen } from "./shell.js";
import { openSidebar } from "./sidebar.js";
import { guildOf, memory, on, state, update } from "./state.js";
import { tick } from "./times.js";
import { watch } from "./wire.js";

let first = null; // who and where one is at the very beginning
let pointsAt = null; // a message of a channel that is yet to come

/** Go elsewhere, become somebody else, or speak another language. */
function go(changes) {
  keepDraft();
  const isOther = changes.member && changes.member !== state.member;
  // Whoever one becomes may have other direct messages, and may not see this channel.
  const isShared = guildOf(state.channel)?.members.includes(changes.member);
  const next = isOther && !isShared ? { channel: first.channel } : {};
  clear();
  update({ ...next, ...changes });
  for (const name of ["member", "channel", "locale"]) memory.set(name, state[name]);
  if (changes.channel) placeChosen();
  watch(showMessages);
}

/** Links inside of messages lead to channels, messages and commands. */
function follow(event) {
  const link = event.target.closest("a[data-channel], a[data-command]");
  if (!link) return;
  event.preventDefault();
  const { channel, message, command } = link.dataset;
  if (command) return begin(command);
  if (channel && channel !== state.channel) {
    pointsAt = message;
    go({ channel });
  } else if (message) point(message);
}

async function start() {
  openShell();
  openComposer();
  openSidebar(go);
  openPanel();
  followTheEnd();
  tick();
  document.addEventListener("click", follow);
  first = await (await fetch("start")).json();
  // The ids of another run mean nothing in this one.
  const isSameRun = memory.get("run") === first.member;
  if (!isSameRun) sessionStorage.clear();
  memory.set("run", first.member);
  const known = (name) => memory.get(name) ?? first[name] ?? "";
  update({ member: known("member"), channel: known("channel"), locale: memory.get("locale") ?? "en-US" });
  on("world", leaveWhatIsHidden);
  watch((change) => showMessages(change));
  find("message-box").focus();
}

function leaveWhatIsHidden() {
  const seen = state.world.guilds.flatMap((guild) => guild.channels.map((channel) => channel.id));
  if (state.channel !== state.world.direct && !seen.includes(state.channel))
    go({ channel: seen[0] ?? state.world.direct });
}

new MutationObserver(() => {
  if (pointsAt && point(pointsAt)) pointsAt = null;
}).observe(find("messages"), { childList: true });

start();
