// Everything that becomes an interaction: it is sent, and what the bot answers is waited for.

import { openForm } from "./form.js";
import { toast } from "./toasts.js";
import { actAsMe, Refused } from "./wire.js";

const NO_ANSWER = "The application did not respond. (Is the bot running? See the control panel.)";

/** Send an interaction. Returns whether the bot answered; whatever went wrong has been said. */
export async function interact(verb, body) {
  let outcome;
  try {
    outcome = await actAsMe(verb, body);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    toast(capital(error.message));
    return false;
  }
  if (outcome.answer === "none") {
    toast(NO_ANSWER);
    return false;
  }
  if (outcome.form) {
    openForm(outcome.form, (fields) => interact("submit", { interaction: outcome.interaction, fields }));
  }
  return true;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?)]$/.test(text) ? "" : ".");
