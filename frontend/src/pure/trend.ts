// The points of a tile's trend: an hour of them, one each ten seconds, kept going with what the stream brings.

import type { Point } from "./contract";

const EVERY_SECONDS = 10;
export const TREND_SECONDS = 3600;

/** Return the points with the value at that instant as the last one. */
export function extended(points: readonly Point[], seconds: number, value: number | null): Point[] {
  const kept = points.filter(([at]) => at > seconds - TREND_SECONDS && at <= seconds);
  const [before, last] = kept.slice(-2);
  // The newest point moves with the present until it is far enough from the one before to stay.
  if (before !== undefined && last !== undefined && last[0] - before[0] < EVERY_SECONDS) kept.pop();
  return [...kept.filter(([at]) => at < seconds), [seconds, value]];
}

export interface Course {
  first: number;
  last: number;
  low: number;
  high: number;
  seconds: number;
}

/** Say where the trend came from and where it is; null if there is too little of it to say. */
export function course(points: readonly Point[]): Course | null {
  const known = points.filter((point): point is [number, number] => point[1] !== null);
  const first = known[0];
  const last = known.at(-1);
  if (first === undefined || last === undefined || last[0] - first[0] < 60) return null;
  const values = known.map(([, value]) => value);
  return {
    first: first[1],
    last: last[1],
    low: Math.min(...values),
    high: Math.max(...values),
    seconds: last[0] - first[0],
  };
}
