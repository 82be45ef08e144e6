// Talks to the page's own server: one stream of what is seen, and verbs for what is done.

import { state, update } from "./state.js";

const PARTS = ["world", "commands", "news", "bot", "troubles", "jobs"];
let stream = null;

/** See what the present member sees in the present channel; `onMessages` is given every change of its messages. */
export function watch(onMessages) {
  stream?.close();
  const query = new URLSearchParams({ member: state.member, channel: state.channel, locale: state.locale });
  const source = new EventSource(`events?${query}`);
  stream = source;
  for (const part of PARTS) {
    source.addEventListener(part, (event) => update({ [part]: JSON.parse(event.data) }));
  }
  source.addEventListener("messages", (event) => onMessages(JSON.parse(event.data)));
  source.addEventListener("open", () => update({ isLost: false }));
  source.addEventListener("error", () => source === stream && update({ isLost: true }));
}

export class Refused extends Error {}

/** Carry out a verb. Throws `Refused`, with words for the member, where it cannot be. */
export async function act(verb, body) {
  let response;
  try {
    response = await fetch(`do/${verb}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Refused("The sandbox does not answer. Is it still running?");
  }
  const result = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(result.refused ?? `The sandbox answered ${response.status}.`);
  return result;
}

/** Carry out a verb as the present member. */
export const actAsMe = (verb, body) => act(verb, { member: state.member, locale: state.locale, ...body });

/** Read a file as the JSON that a verb takes. */
export function asUpload(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(new Refused(`${file.name} cannot be read.`));
    reader.onload = () =>
      resolve({ upload: { filename: file.name, content: reader.result.split(",")[1] ?? "" } });
    reader.readAsDataURL(file);
  });
}
