import { Formats } from "../pure/format";
import type { Messages } from "../pure/texts";
import { chosen, localeOf, Texts } from "../pure/texts";

const AGAIN_MILLISECONDS = 2_000;

/** How a board speaks: its texts, and its numbers as they are written in a locale. */
export interface Speech {
  texts: Texts;
  locale: string;
  formats: Formats;
}

export type Wished = readonly (string | null)[];

/** Say whether it is what is wished for: languages and locales, the dearest first. */
export function fulfils({ texts, locale }: Speech, wished: Wished): boolean {
  return texts.language === chosen(wished) && locale === localeOf(texts.language, wished);
}

/** Load the first of the languages that there is. Raises what fetch raises if the worker cannot be reached. */
export async function loadSpeech(wished: Wished): Promise<Speech> {
  const language = chosen(wished);
  const answer = await fetch(`/page/messages/${language}.json`);
  if (!answer.ok) throw new Error(`messages of ${language}: HTTP ${answer.status}`);
  const texts = new Texts(language, (await answer.json()) as Messages);
  const locale = localeOf(language, wished);
  return { texts, locale, formats: new Formats(locale) };
}

/** Load the texts, for as long as it takes: the worker may be away at this very moment. */
export async function awaitSpeech(wished: Wished): Promise<Speech> {
  for (;;) {
    try {
      return await loadSpeech(wished);
    } catch (error) {
      console.warn("texts are not there yet", error);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MILLISECONDS));
    }
  }
}
