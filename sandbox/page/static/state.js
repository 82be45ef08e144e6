// What the page knows, who is told when it changes, and what is remembered between visits.

const listeners = new Map();

export const state = {
  member: "", // who one is
  channel: "", // where one is
  locale: "en-US",
  world: null,
  commands: { slash: [], message: [], user: [] },
  news: {},
  bot: null,
  troubles: null,
  jobs: [],
};

/** Call `listener` whenever one of these parts of the state was set. */
export function on(names, listener) {
  for (const name of names.split(" ")) listeners.set(name, [...(listeners.get(name) ?? []), listener]);
}

/** Set parts of the state, then tell each listener once. */
export function update(changes) {
  Object.assign(state, changes);
  const told = new Set(Object.keys(changes).flatMap((name) => listeners.get(name) ?? []));
  for (const listener of told) listener();
}

export const person = (id) => state.world?.people.find((each) => each.id === id);
export const role = (id) =>
  state.world?.guilds.flatMap((guild) => guild.roles).find((each) => each.id === id);
export const guildOf = (channelId) =>
  state.world?.guilds.find((guild) => guild.channels.some((channel) => channel.id === channelId));

/** A channel by its id, the direct messages included; undefined where the member does not see it. */
export function channel(id) {
  if (id === state.world?.direct) {
    const bot = person(state.world.bot);
    return { id, name: bot?.name ?? "bot", type: 1, parent: null, note: "", maySend: true };
  }
  return state.world?.guilds.flatMap((guild) => guild.channels).find((each) => each.id === id);
}

export const later = (one, other) =>
  one.length > other.length || (one.length === other.length && one > other);

/** Remember small things for as long as the tab is open. */
export const memory = {
  get: (name) => sessionStorage.getItem(name),
  set: (name, value) => sessionStorage.setItem(name, value),
};

const readKey = (channelId) => `read ${state.member} ${channelId}`;
export const readUpTo = (channelId) => memory.get(readKey(channelId)) ?? "0";
export function markRead(channelId, messageId) {
  if (later(messageId, readUpTo(channelId))) memory.set(readKey(channelId), messageId);
}
