// Numbers and times as people of a language write them. Everything comes from Intl; null is never 0.

import type { Unit } from "./contract";

/** A piece of a value: its digits are read from afar, its units are shown smaller. */
export interface Piece {
  text: string;
  small: boolean;
}

type Width = "short" | "narrow";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NO_BREAK = "\u00a0";

export class Formats {
  private readonly cache = new Map<string, Intl.NumberFormat>();
  private readonly times: Intl.DateTimeFormat;
  private readonly dates: Intl.DateTimeFormat;
  private readonly ages: Intl.RelativeTimeFormat;

  constructor(
    readonly locale: string,
    timeZone?: string,
  ) {
    const zone = timeZone === undefined ? {} : { timeZone };
    this.times = new Intl.DateTimeFormat(locale, { timeStyle: "medium", hourCycle: "h23", ...zone });
    this.dates = new Intl.DateTimeFormat(locale, { dateStyle: "short", timeStyle: "short", hourCycle: "h23", ...zone });
    // Where the narrow style is a minus sign ("-2 s" in Romanian), it would read as a change.
    const narrow = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "narrow" });
    const short = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
    this.ages = /^[-−]/.test(narrow.format(-2, "second")) ? short : narrow;
  }

  /** Spell a value in pieces of two sizes. */
  pieces(value: number, unit: Unit, width: Width = "short"): Piece[] {
    switch (unit) {
      case "seconds":
        return durationParts(value).flatMap(([size, of], index) => {
          const options = { style: "unit", unit: of, unitDisplay: width, maximumFractionDigits: 1 } as const;
          return [...(index > 0 ? [{ text: NO_BREAK, small: true }] : []), ...this.split(size, options)];
        });
      case "percent":
        return this.split(value / 100, { style: "percent", maximumFractionDigits: percentDigits(value) });
      case "score":
        return this.split(value, { maximumFractionDigits: 0, signDisplay: "exceptZero" });
      case "per_hour":
        return [...this.split(value, { maximumFractionDigits: countDigits(value) }), { text: `${NO_BREAK}/h`, small: true }];
      case "count":
        return this.split(value, { maximumFractionDigits: countDigits(value) });
    }
  }

  text(value: number, unit: Unit, width: Width = "short"): string {
    return this.pieces(value, unit, width)
      .map((piece) => piece.text)
      .join("");
  }

  count(value: number): string {
    return this.text(value, "count");
  }

  /** A change since then, with its sign. */
  change(value: number, unit: Unit): string {
    const sign = value > 0 ? "+" : value < 0 ? "−" : "±";
    return sign + this.text(Math.abs(value), unit === "score" ? "count" : unit, "narrow");
  }

  time(at: number): string {
    return this.times.format(at);
  }

  /** The time, with its date if that is not of these hours. */
  moment(at: number, now: number): string {
    return Math.abs(now - at) < 12 * HOUR * 1000 ? this.times.format(at) : this.dates.format(at);
  }

  /** "now", "3s ago". */
  ago(seconds: number): string {
    return this.ages.format(-Math.floor(seconds), "second");
  }

  /** How long something is ago or lasts, in whole units: "3 s", "14 min", "2 h 5 min". */
  age(seconds: number): string {
    const whole = Math.max(0, seconds);
    return this.text(whole < 60 ? Math.floor(whole) : Math.floor(whole / 60) * 60, "seconds");
  }

  /** The name of a window or an age as settings write them: "1h", "1-4h", ">7d"; null for another word. */
  span(name: string): string | null {
    const found = /^([<>]?)(\d+)(?:-(\d+))?([smhd])$/.exec(name);
    if (found === null) return null;
    const [, sign = "", first = "", last, letter = ""] = found;
    const unit = { s: "second", m: "minute", h: "hour", d: "day" }[letter] ?? "day";
    const end = this.format({ style: "unit", unit, unitDisplay: "short" }).format(Number(last ?? first));
    return last === undefined ? (sign ? `${sign}${NO_BREAK}` : "") + end : `${this.count(Number(first))}–${end}`;
  }

  private split(value: number, options: Intl.NumberFormatOptions): Piece[] {
    const pieces: Piece[] = [];
    for (const part of this.format(options).formatToParts(value)) {
      const small = part.type === "unit" || part.type === "percentSign" || part.type === "literal";
      const text = small ? part.value.replaceAll(" ", NO_BREAK) : part.value;
      const last = pieces.at(-1);
      if (last !== undefined && last.small === small) last.text += text;
      else pieces.push({ text, small });
    }
    return pieces;
  }

  private format(options: Intl.NumberFormatOptions): Intl.NumberFormat {
    const key = JSON.stringify(options);
    const found = this.cache.get(key) ?? new Intl.NumberFormat(this.locale, options);
    this.cache.set(key, found);
    return found;
  }
}

const countDigits = (value: number): number => (Math.abs(value) < 10 ? 1 : 0);
const percentDigits = (value: number): number => (Math.abs(value) < 99.95 ? 1 : 0);

type DurationPart = [size: number, unit: "second" | "minute" | "hour" | "day"];

/** Split seconds into the one or two units that say enough. */
export function durationParts(seconds: number): DurationPart[] {
  if (seconds < 9.95) return [[Math.round(seconds * 10) / 10, "second"]];
  if (seconds < 59.5) return [[Math.round(seconds), "second"]];
  if (seconds < 10 * MINUTE - 0.5) return two(Math.round(seconds), MINUTE, "minute", 1, "second");
  if (seconds < HOUR - MINUTE / 2) return [[Math.round(seconds / MINUTE), "minute"]];
  const minutes = Math.round(seconds / MINUTE) * MINUTE;
  if (minutes < 10 * HOUR) return two(minutes, HOUR, "hour", MINUTE, "minute");
  const hours = Math.round(seconds / HOUR) * HOUR;
  if (hours < DAY) return [[hours / HOUR, "hour"]];
  if (hours < 10 * DAY) return two(hours, DAY, "day", HOUR, "hour");
  return [[Math.round(seconds / DAY), "day"]];
}

function two(
  whole: number,
  greatSeconds: number,
  great: DurationPart[1],
  smallSeconds: number,
  small: DurationPart[1],
): DurationPart[] {
  const parts: DurationPart[] = [[Math.floor(whole / greatSeconds), great]];
  const rest = Math.round((whole % greatSeconds) / smallSeconds);
  if (rest > 0) parts.push([rest, small]);
  return parts;
}
