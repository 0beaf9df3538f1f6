// How long to wait before connecting again: longer each time, and not all boards of a floor at the same instant.

const FIRST_MILLISECONDS = 500;
const LONGEST_MILLISECONDS = 8_000;

/** Return milliseconds to wait after that many failures in a row (0 is the first); random is in [0, 1). */
export function backoff(failures: number, random: number, first: number | null = null): number {
  const start = Math.max(first ?? FIRST_MILLISECONDS, 100);
  const longest = Math.max(LONGEST_MILLISECONDS, start);
  const whole = Math.min(longest, start * 2 ** Math.min(failures, 10));
  return whole / 2 + (whole / 2) * random;
}
