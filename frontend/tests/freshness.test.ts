import assert from "node:assert/strict";
import { test } from "node:test";
import { boardName } from "../src/pure/address";
import { freshness, instant, isOld, staleSeconds, standing } from "../src/pure/freshness";
import { judge } from "../src/pure/status";
import type { Desk, Numbers } from "../src/pure/contract";

const T = Date.parse("2026-03-02T09:00:00Z");
const heard = { sentAt: T, asOf: T, staleSeconds: 5, receivedAt: 1_000 };
const live: Desk = { state: "live", partitions: 4, missing: [] };

test("numbers are fresh for just under five seconds of silence", () => {
  assert.equal(freshness(heard, 1_000 + 4_999).stale, false);
  assert.equal(freshness(heard, 1_000 + 5_000).stale, true);
});

test("numbers that a worker sends on time are stale if they are old themselves", () => {
  const old = { sentAt: T, asOf: T - 5_001, staleSeconds: 5, receivedAt: 0 };
  assert.equal(freshness(old, 0).stale, true);
  assert.equal(freshness({ ...old, asOf: T - 5_000 }, 0).stale, false);
});

test("where workers tell each other seldom, numbers may be older, and silence may not be longer", () => {
  const seldom = { sentAt: T, asOf: T - 20_000, staleSeconds: staleSeconds({ ...live, stale_after_seconds: 25 }), receivedAt: 0 };
  assert.equal(freshness(seldom, 4_999).stale, false);
  assert.equal(freshness(seldom, 5_000).stale, true);
  assert.equal(freshness({ ...seldom, asOf: T - 25_001 }, 0).stale, true);
  assert.equal(staleSeconds(live), 5);
  assert.equal(staleSeconds(null), 5);
});

test("the clock is the worker's, however wrong the device's own is", () => {
  assert.equal(freshness(heard, 3_000).now, T + 2_000);
  assert.equal(freshness(heard, 3_000).ageSeconds, 2);
});

test("a worker that has no numbers yet is not stale as long as it speaks", () => {
  assert.equal(freshness({ ...heard, asOf: null }, 3_000).stale, false);
  assert.equal(freshness({ ...heard, asOf: null }, 9_000).stale, true);
});

test("while a worker has no numbers those from before stand on, as old as they are", () => {
  const tiles = { p0t0: { value: 4 } };
  const common = { version: 1, board: "floor", sent_at: "2026-03-02T09:00:01Z", seq: 1 };
  const before: Numbers = { ...common, as_of: "2026-03-02T09:00:00Z", desk: live, tiles, breaches: { now: 2, new: 1 } };
  const starting: Desk = { ...live, state: "starting", phase: "recovering" };
  const none: Numbers = { ...common, as_of: null, seq: 2, desk: starting, tiles: {}, breaches: { now: 0, new: 0 } };
  assert.deepEqual(standing(none, before), { ...none, as_of: before.as_of, tiles, breaches: { now: 2, new: 0 } });
  assert.deepEqual(standing(none, null), none);
  assert.deepEqual(standing(before, none), before);
  const later = freshness({ ...heard, sentAt: T + 9_000 }, 1_000);
  assert.deepEqual(judge(starting, later, null), { kind: "stale", greyed: true, cause: "old" });
});

test("an answer may be of long ago, by the clock of who sent it", () => {
  assert.equal(isOld(T, 5, T + 5_000), false);
  assert.equal(isOld(T, 5, T + 5_001), true);
  assert.equal(isOld(T, 25, T + 20_000), false);
  assert.equal(isOld(T, undefined, T + 6_000), true);
  assert.equal(isOld(T, 5, null), false);
});

test("an address names a board, whatever is in it", () => {
  assert.equal(boardName("/wallboard"), "default");
  assert.equal(boardName("/wallboard/billing/"), "billing");
  assert.equal(boardName("/wallboard/a%20b"), "a b");
  assert.equal(boardName("/wallboard/%ff"), "%ff");
});

test("what is no instant is none", () => {
  assert.equal(instant("2026-03-02T09:00:00Z"), T);
  assert.equal(instant("soon"), null);
  assert.equal(instant(null), null);
});

test("missing partitions are said even if the worker calls itself live", () => {
  const status = judge({ ...live, missing: [2] }, freshness(heard, 1_000), null);
  assert.deepEqual(status, { kind: "partial", greyed: false, cause: null });
});

test("stale numbers say what stands behind it", () => {
  const silent = freshness(heard, 9_000);
  assert.equal(judge(live, silent, { kind: "unreachable" }).cause, "unreachable");
  assert.equal(judge(live, silent, null).cause, "silent");
  assert.equal(judge(live, freshness({ ...heard, asOf: T - 60_000 }, 1_000), null).cause, "old");
});

test("a wrong token closes the board whatever was heard before", () => {
  assert.equal(judge(live, freshness(heard, 1_000), { kind: "token_wrong" }).kind, "closed");
});

test("before anything was heard it connects", () => {
  assert.equal(judge(null, null, null).kind, "connecting");
  assert.equal(judge(live, freshness(heard, 1_000), null).kind, "live");
  assert.equal(judge({ ...live, state: "starting" }, freshness({ ...heard, asOf: null }, 1_000), null).greyed, true);
});
