// Whether a page that has been open for long is still the one that the worker serves.

/** What a page remembers over its own reload. */
export interface Renewed {
  /** The version it was loaded anew for. */
  version: string;
  /** By this device's clock, in milliseconds since 1970. */
  at: number;
}

/** A page that was served the old page again, as by a worker that is not upgraded yet, tries no sooner than this. */
export const AGAIN_MILLISECONDS = 3_600_000;

/** Return in how many milliseconds a page is to be loaded anew; null if it runs what is served. */
export function renewal(runs: string, served: string, last: Renewed | null, now: number): number | null {
  if (runs === served) return null;
  if (last?.version !== served) return 0;
  // A clock that was set back makes nobody wait for longer.
  return Math.min(Math.max(0, last.at + AGAIN_MILLISECONDS - now), AGAIN_MILLISECONDS);
}

/** Read what was remembered; null for nothing, and for what is not ours. */
export function readRenewed(text: string | null): Renewed | null {
  if (text === null) return null;
  try {
    const { version, at } = JSON.parse(text) as Partial<Renewed>;
    return typeof version === "string" && typeof at === "number" ? { version, at } : null;
  } catch {
    return null;
  }
}
