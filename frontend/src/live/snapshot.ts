// The parts of GET /api/v1/live that the live page shows (docs/api.md).

import type { Currency } from "../pure/contract";

export type Labels = Record<string, string>;

export interface Waits {
  labels: Labels;
  n: number;
  oldest_seconds: number | null;
  p95_seconds: number | null;
}

export interface Responses {
  labels: Labels;
  window: string;
  attribute_to: string;
  n: number;
  mean_seconds: number | null;
  p50_seconds: number | null;
  p90_seconds: number | null;
  p95_seconds: number | null;
  p99_seconds: number | null;
}

export interface Backlog {
  labels: Labels;
  n: number;
  unanswered: number;
  reply_waiting: number;
  answered: number;
  pending: number;
  ages: Record<string, number>;
}

export interface Promoters {
  labels: Labels;
  window: string;
  attribute_to: string;
  n: number;
  score: number | null;
  low: number | null;
  high: number | null;
  promoters: number;
  passives: number;
  detractors: number;
}

export interface Snapshot {
  as_of: string;
  final_until: string | null;
  partitions: number[];
  windows: Record<string, { start: string | null; end: string | null }>;
  variants: {
    labels: string[];
    nps_min_n: number;
    responder: string;
    agent_opened: string;
    today: string;
  };
  desk?: Currency & { partitions: number; missing: number[]; stale_after_seconds: number };
  open_wait: Waits[];
  reply_wait: Waits[];
  /** Absent if the policy switches it off. */
  first_response?: Responses[];
  backlog: Backlog[];
  /** Absent if the policy switches it off. */
  nps?: Promoters[];
}
