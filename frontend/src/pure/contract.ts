// What a worker sends: the layout document and the messages of a board's stream (docs/wallboard.md).

export type Level = "good" | "warn" | "bad" | "neutral" | "unknown";
export type Unit = "count" | "seconds" | "percent" | "score" | "per_hour";
export type Theme = "dark" | "light" | "auto";
export type Why = "no_data" | "no_event" | "too_few" | "not_ready" | "no_target" | "switched_off";
/** Whether events arrive: `quiet` if by the hours of the desk none has to. */
export type Feed = "never" | "behind" | "alive" | "quiet" | "dead";
export type DeskState = "live" | "catching_up" | "partial" | "stale" | "starting";

export interface Target {
  at_most?: number;
  at_least?: number;
}

export interface TileLayout {
  id: string;
  kind: string;
  metric: string;
  title: string | null;
  unit: Unit;
  window: string | null;
  filter: Record<string, string[]>;
  by: string | null;
  target: Target | null;
  warn: number | null;
  width: number;
  height: number;
  trend: boolean;
  higher_is: "worse" | "better" | "neutral";
}

export interface PageLayout {
  title: string | null;
  columns: number;
  tiles: TileLayout[];
}

/** Of the pages that the worker serves: another one than this page's own if the worker was upgraded since. */
export interface PageServed {
  version: string;
}

export interface Layout {
  version: number;
  name: string;
  title: string;
  language: string | null;
  theme: Theme;
  sound: boolean;
  rotate_seconds: number;
  pages: PageLayout[];
}

export interface Row {
  label: string;
  value: number | null;
  n?: number | null;
  level?: Level | null;
  low?: number | null;
  high?: number | null;
  target?: number | null;
}

export interface TileNumbers {
  value: number | null;
  n?: number | null;
  low?: number | null;
  high?: number | null;
  level?: Level | null;
  target?: number | null;
  why?: Why | null;
  rows?: Row[] | null;
  /** How many rows were not sent. */
  more?: number | null;
  parts?: Record<string, number | null> | null;
  fresh_as_of?: string | null;
}

/** What a worker says of its feed, in streams and in snapshots. */
export interface Currency {
  newest_event_at?: string | null;
  catching_up?: { records: number; seconds: number } | null;
  /** Absent if the worker is older than this page. */
  feed?: Feed | null;
  /** Where the first event is to go; null once there was one. */
  send_to?: Destination | null;
  /** Present if the clock of the worker is wrong: by so much it is ahead of the broker's, null if that is not known. */
  clock_wrong?: { offset_seconds: number | null } | null;
}

export interface Destination {
  broker: string;
  topic: string;
}

export interface Desk extends Currency {
  state: DeskState;
  partitions: number;
  missing: number[];
  lag_records?: number | null;
  as_of_oldest?: string | null;
  /** At this age of `as_of_oldest` the first of the numbers are stale. */
  stale_after_seconds?: number | null;
  phase?: string | null;
  watermark?: string | null;
}

export interface Numbers {
  version: number;
  board: string;
  as_of: string | null;
  sent_at: string;
  seq: number;
  desk: Desk;
  tiles: Record<string, TileNumbers>;
  breaches?: { now: number; new: number } | null;
}

export type Point = [seconds: number, value: number | null];

export interface Trend {
  tiles: Record<string, Point[]>;
}
