import { Formats } from "../pure/format";
import type { Messages } from "../pure/texts";
import { localeOf, Texts } from "../pure/texts";

/** How a board speaks: its texts, and its numbers. */
export interface Speech {
  texts: Texts;
  formats: Formats;
}

/** Load what is said in a language. Raises what fetch raises if the worker cannot be reached. */
export async function loadSpeech(language: string): Promise<Speech> {
  const answer = await fetch(`/page/messages/${language}.json`);
  if (!answer.ok) throw new Error(`messages of ${language}: HTTP ${answer.status}`);
  const texts = new Texts(language, (await answer.json()) as Messages);
  return { texts, formats: new Formats(localeOf(language, navigator.languages)) };
}
