// How old the numbers are. Never by this device's clock, which may be wrong: by the worker's, and by how long ago it spoke.

import type { Currency, Desk, Numbers } from "./contract";

export const STALE_SECONDS = 5;

export interface Heard {
  /** The worker's clock as it spoke, in milliseconds since 1970. */
  sentAt: number;
  /** What the numbers are of, on the same clock; null while there are none. */
  asOf: number | null;
  /** At what age the numbers are stale: later where workers tell each other seldom. */
  staleSeconds: number;
  /** This device's monotonic clock as it arrived, in milliseconds. */
  receivedAt: number;
}

export interface Freshness {
  stale: boolean;
  /** What time it is for the worker. */
  now: number;
  /** What the numbers are of: the instant since which there was nothing newer. */
  since: number | null;
  ageSeconds: number | null;
  silentSeconds: number;
}

/** Say how fresh what was heard is at an instant of the monotonic clock. */
export function freshness(heard: Heard, monotonic: number): Freshness {
  const silentSeconds = Math.max(0, (monotonic - heard.receivedAt) / 1000);
  const now = heard.sentAt + silentSeconds * 1000;
  const ageSeconds = heard.asOf === null ? null : Math.max(0, (now - heard.asOf) / 1000);
  const stale = silentSeconds >= STALE_SECONDS || (ageSeconds !== null && ageSeconds > heard.staleSeconds);
  return { stale, now, since: heard.asOf ?? heard.sentAt, ageSeconds, silentSeconds };
}

/** While a worker has no numbers, as it waits for its broker, those from before stand on, and are as old as they are. */
export function standing(numbers: Numbers, before: Numbers | null): Numbers {
  if (numbers.as_of !== null || before === null || before.as_of === null) return numbers;
  const breaches = before.breaches == null ? null : { now: before.breaches.now, new: 0 };
  return { ...numbers, as_of: before.as_of, tiles: before.tiles, breaches };
}

/** Return at what age of its numbers a desk is stale. */
export function staleSeconds(desk: Desk | null | undefined): number {
  return desk?.stale_after_seconds ?? STALE_SECONDS;
}

/** Say whether numbers were stale already as they were sent, in milliseconds since 1970; sentAt: null if unknown. */
export function isOld(asOf: number, staleAfterSeconds: number | undefined, sentAt: number | null): boolean {
  return sentAt !== null && sentAt - asOf > (staleAfterSeconds ?? STALE_SECONDS) * 1000;
}

/** Say whether the feed is as it should be; one of which an older worker says nothing is. */
export function isFed({ feed }: Currency): boolean {
  return feed == null || feed === "alive" || feed === "quiet";
}

/** Return how long ago the newest event was, in seconds at an instant of the worker's clock; null if there was none. */
export function eventAge(currency: Currency | null, now: number): number | null {
  const at = instant(currency?.newest_event_at);
  return at === null ? null : Math.max(0, (now - at) / 1000);
}

/** Return milliseconds since 1970, or null for what is absent or no instant. */
export function instant(text: string | null | undefined): number | null {
  if (text === null || text === undefined) return null;
  const found = Date.parse(text);
  return Number.isNaN(found) ? null : found;
}
