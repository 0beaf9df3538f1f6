// What the page says of its numbers as a whole.

import type { Desk } from "./contract";
import type { Freshness } from "./freshness";

/** Why there is no stream at the moment. */
export type Problem =
  | { kind: "unreachable" }
  | { kind: "refused"; reason: string }
  | { kind: "token_needed" | "token_wrong" | "token_role" }
  | { kind: "unknown_board"; known: readonly string[] };

export type StatusKind = "connecting" | "closed" | "starting" | "stale" | "catching_up" | "partial" | "never" | "dead" | "quiet" | "clock" | "live";

export interface Status {
  kind: StatusKind;
  /** Whether the numbers must not be taken for those of now. */
  greyed: boolean;
  /** What stands behind it, if something does. */
  cause: "unreachable" | "refused" | "silent" | "old" | null;
}

/** Judge what was heard; `fresh` is null while nothing was. */
export function judge(desk: Desk | null, fresh: Freshness | null, problem: Problem | null): Status {
  if (problem !== null && problem.kind !== "unreachable" && problem.kind !== "refused") {
    return { kind: "closed", greyed: true, cause: null };
  }
  if (desk === null || fresh === null) return { kind: "connecting", greyed: true, cause: problem?.kind ?? null };
  if (fresh.stale) {
    const quiet = fresh.ageSeconds === null || fresh.silentSeconds > 2;
    return { kind: "stale", greyed: true, cause: problem?.kind ?? (quiet ? "silent" : "old") };
  }
  if (desk.state === "starting") return { kind: "starting", greyed: true, cause: null };
  if (desk.state === "stale") return { kind: "stale", greyed: true, cause: "old" };
  if (desk.state === "partial" || desk.missing.length > 0) return { kind: "partial", greyed: false, cause: null };
  if (desk.state === "catching_up" || desk.feed === "behind") return { kind: "catching_up", greyed: false, cause: null };
  if (desk.feed === "never" || (desk.feed === "quiet" && desk.clock_wrong == null)) return { kind: desk.feed, greyed: false, cause: null };
  // Waits go on growing, whether or not somebody answers: that is not how the desk stands.
  if (desk.feed === "dead") return { kind: "dead", greyed: true, cause: null };
  // The numbers go by the broker's clock, so they are right.
  if (desk.clock_wrong != null) return { kind: "clock", greyed: false, cause: null };
  return { kind: "live", greyed: false, cause: null };
}
