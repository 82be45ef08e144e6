// Where one can go and who one can be.

import { avatar, fill, find, h } from "./dom.js";
import { icon } from "./icons.js";
import { channel, guildOf, later, on, person, readUpTo, state } from "./state.js";

const MARK = { 1: "mail", 11: "thread", 15: "forum" };
let shownGuild = null; // null: direct messages

/** Keep the sidebar as the world is. `go` is called with {member, channel, locale}, each where it changes. */
export function openSidebar(go) {
  on("world channel member locale news isLost bot", () => {
    if (!state.world) return;
    shownGuild = guildOf(state.channel) ?? null;
    showRail(go);
    showChannels(go);
    showMe(go);
    showHead();
  });
}

function showRail(go) {
  const places = [
    { id: null, name: "Direct messages", sign: icon("mail"), first: state.world.direct },
    ...state.world.guilds.map((guild) => ({
      id: guild.id,
      name: guild.name,
      sign: guild.name[0],
      first: entrance(guild),
    })),
  ];
  const buttons = places.map((place) => {
    const isHere = place.id === (shownGuild?.id ?? null);
    const count = place.id ? 0 : unread(state.world.direct).pings;
    return h(
      "button",
      {
        type: "button",
        class: "server",
        "aria-current": isHere ? "true" : null,
        "aria-label": place.name + (count ? `, ${count} mentions` : ""),
        title: place.name,
        on: { click: () => go({ channel: place.first }) },
      },
      h("span", { "aria-hidden": "true" }, place.sign),
      count ? h("span", { class: "count-badge", "aria-hidden": "true" }, String(count)) : null,
    );
  });
  replace(find("rail"), buttons);
}

const entrance = (guild) => (guild.channels.find((each) => each.name === "videos") ?? guild.channels[0]).id;

function showChannels(go) {
  find("server-name").textContent = shownGuild?.name ?? "Direct messages";
  if (!shownGuild) return replace(find("channels"), [place(channel(state.world.direct), go)]);
  const top = shownGuild.channels.filter((each) => !each.parent);
  const nodes = top
    .flatMap((each) => [each, ...shownGuild.channels.filter((thread) => thread.parent === each.id)])
    .map((each) => place(each, go));
  replace(find("channels"), nodes);
}

function place(where, go) {
  const { isNew, pings } = unread(where.id);
  const isHere = where.id === state.channel;
  const sign = icon(MARK[where.type] ?? "text");
  const said = [
    where.name,
    where.parent ? "thread" : "",
    where.note,
    pings ? `${pings} mentions` : isNew ? "unread" : "",
  ]
    .filter(Boolean)
    .join(", ");
  return h(
    "button",
    {
      type: "button",
      class: `channel${where.parent ? " thread" : ""}${isNew ? " new" : ""}`,
      "aria-current": isHere ? "page" : null,
      "aria-label": said,
      title: where.note || null,
      on: { click: () => go({ channel: where.id }) },
    },
    h("span", { class: "sign", "aria-hidden": "true" }, sign),
    h("span", {}, where.name),
    where.note ? h("span", { class: "warns", "aria-hidden": "true" }, icon("warn")) : null,
    pings ? h("span", { class: "count-badge", "aria-hidden": "true" }, String(pings)) : null,
  );
}

function unread(id) {
  const news = state.news[id];
  if (!news || id === state.channel) return { isNew: false, pings: 0 };
  const upTo = readUpTo(id);
  return { isNew: later(news.last, upTo), pings: news.pings.filter((ping) => later(ping, upTo)).length };
}

function showMe(go) {
  const me = find("me");
  const people = state.world.people.filter((each) => !each.isBot);
  const who = choice(
    "You are",
    people.map((each) => [each.id, `${each.name} — ${each.note}`]),
    state.member,
    (member) => go({ member }),
  );
  const language = choice(
    "Language",
    state.world.languages.map((each) => [each.locale, each.name]),
    state.locale,
    (locale) => go({ locale }),
  );
  replace(me, [h("div", { class: "me-row" }, avatar(person(state.member)), who), language]);
}

function choice(label, options, value, onChange) {
  const select = h(
    "select",
    { on: { change: () => onChange(select.value) } },
    options.map(([id, text]) => h("option", { value: id }, text)),
  );
  select.value = value;
  return h("label", { class: "choice" }, h("span", {}, label), select);
}

function showHead() {
  const here = channel(state.channel);
  if (!here) return;
  find("channel-name").textContent = `${here.type === 1 ? "@" : "#"} ${here.name}`;
  find("channel-note").textContent = here.note
    ? `Note: ${here.note}`
    : here.parent
      ? `a thread in #${channel(here.parent)?.name}`
      : "";
  document.title = `${here.type === 1 ? "@" : "#"}${here.name} · sandbox`;
}

/** Put nodes in the place of others without taking the keyboard from whoever uses one of them. */
function replace(holder, nodes) {
  const focusable = () => [...holder.querySelectorAll("button, select")];
  const index = focusable().indexOf(document.activeElement);
  const now =
    nodes.map((node) => node.outerHTML).join("") +
    nodes.map((node) => [...node.querySelectorAll("select")].map((each) => each.value)).join("");
  if (holder.dataset.shown === now) return;
  holder.dataset.shown = now;
  fill(holder, nodes);
  if (index >= 0) focusable()[index]?.focus();
}
