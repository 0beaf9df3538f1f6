// What the page says, in the language of the board.

export type Messages = Readonly<Record<string, string>>;

export const LANGUAGES = ["en", "de", "es", "ro", "zh"] as const;

const REGIONAL = /^[a-z]{2,3}(-[a-z]{4})?-([a-z]{2}|\d{3})$/i;

/** Return the first of the wished languages that there is, or English. */
export function chosen(wished: readonly (string | null | undefined)[]): string {
  for (const wish of wished) {
    const found = LANGUAGES.find((language) => language === wish?.toLowerCase().split("-")[0]);
    if (found !== undefined) return found;
  }
  return "en";
}

/** Return the locale for numbers and times: the first wish of that language that knows a region, else the language. */
export function localeOf(language: string, wished: readonly (string | null | undefined)[]): string {
  const regional = wished.find((wish) => wish != null && REGIONAL.test(wish) && wish.toLowerCase().split("-")[0] === language);
  return regional ?? language;
}

export class Texts {
  constructor(
    readonly language: string,
    private readonly messages: Messages,
  ) {}

  /** Say a message; what stands in braces is filled in. A name that is not in the file is said as it is. */
  say(key: string, values: Readonly<Record<string, string | number>> = {}): string {
    const message = this.messages[key] ?? key;
    return message.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  }

  /** Say a message, or the other text if there is no such one: for names that a worker may have more of. */
  sayOr(key: string, otherwise: string): string {
    return this.messages[key] ?? otherwise;
  }
}
