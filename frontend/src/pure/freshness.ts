// How old the numbers are. Never by this device's clock, which may be wrong: by the worker's, and by how long ago it spoke.

export const STALE_SECONDS = 5;

export interface Heard {
  /** The worker's clock as it spoke, in milliseconds since 1970. */
  sentAt: number;
  /** What the numbers are of, on the same clock; null while there are none. */
  asOf: number | null;
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
export function freshness(heard: Heard, monotonic: number, staleSeconds = STALE_SECONDS): Freshness {
  const silentSeconds = Math.max(0, (monotonic - heard.receivedAt) / 1000);
  const now = heard.sentAt + silentSeconds * 1000;
  const ageSeconds = heard.asOf === null ? null : Math.max(0, (now - heard.asOf) / 1000);
  const stale = silentSeconds >= staleSeconds || (ageSeconds !== null && ageSeconds > staleSeconds);
  return { stale, now, since: heard.asOf ?? heard.sentAt, ageSeconds, silentSeconds };
}

/** Return milliseconds since 1970, or null for what is absent or no instant. */
export function instant(text: string | null | undefined): number | null {
  if (text === null || text === undefined) return null;
  const found = Date.parse(text);
  return Number.isNaN(found) ? null : found;
}
