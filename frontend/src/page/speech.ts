import { Formats } from "../pure/format";
import type { Messages } from "../pure/texts";
import { localeOf, Texts } from "../pure/texts";

const AGAIN_MILLISECONDS = 2_000;

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

/** Load the texts, for as long as it takes: the worker may be away at this very moment. */
export async function awaitSpeech(language: string): Promise<Speech> {
  for (;;) {
    try {
      return await loadSpeech(language);
    } catch (error) {
      console.warn("texts are not there yet", error);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MILLISECONDS));
    }
  }
}
