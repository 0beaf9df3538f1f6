import assert from "node:assert/strict";
import { test } from "node:test";
import type { Desk, Feed } from "../src/pure/contract";
import { firstEvent } from "../src/pure/first";
import { Formats } from "../src/pure/format";
import { eventAge, freshness, isFed } from "../src/pure/freshness";
import { judge } from "../src/pure/status";

const T = Date.parse("2026-03-02T09:00:00Z");
const fresh = freshness({ sentAt: T, asOf: T, staleSeconds: 5, receivedAt: 0 }, 0);
const desk = (feed: Feed | null): Desk => ({ state: "live", partitions: 4, missing: [], feed });

test("a desk is live only if events arrive", () => {
  const kinds = (["alive", "quiet", "dead", "never", "behind"] as const).map((feed) => judge(desk(feed), fresh, null).kind);
  assert.deepEqual(kinds, ["live", "quiet", "dead", "never", "catching_up"]);
  assert.equal(judge(desk("dead"), fresh, null).greyed, true);
  assert.equal(judge(desk("quiet"), fresh, null).greyed, false);
  assert.equal(judge({ ...desk("dead"), missing: [1] }, fresh, null).kind, "partial");
  assert.equal(judge(desk(null), fresh, null).kind, "live", "a worker that is older than the page");
});

test("a worker whose clock is wrong says so unless something worse is to be said", () => {
  const wrong = (feed: Feed): Desk => ({ ...desk(feed), clock_wrong: { offset_seconds: -600 } });
  const kinds = (["alive", "quiet", "dead", "never", "behind"] as const).map((feed) => judge(wrong(feed), fresh, null).kind);
  assert.deepEqual(kinds, ["clock", "clock", "dead", "never", "catching_up"]);
  assert.equal(judge(wrong("alive"), fresh, null).greyed, false, "the numbers go by the broker's clock");
  assert.equal(judge({ ...wrong("alive"), missing: [1] }, fresh, null).kind, "partial");
});

test("only a desk of which events tell has a trend", () => {
  assert.deepEqual((["alive", "quiet", "dead", "never", "behind"] as const).filter((feed) => isFed({ feed })), ["alive", "quiet"]);
});

test("an event's age is by the worker's clock, and never negative", () => {
  assert.equal(eventAge({ newest_event_at: "2026-03-02T08:46:00Z" }, T), 840);
  assert.equal(eventAge({ newest_event_at: "2026-03-02T09:00:01Z" }, T), 0);
  assert.equal(eventAge({ newest_event_at: null }, T), null);
  assert.equal(eventAge(null, T), null);
});

test("an age is said in whole units", () => {
  const formats = new Formats("en-GB");
  const said = [0.9, 59.9, 61, 840, 7_530, 90_000].map((seconds) => formats.age(seconds).replaceAll("\u00a0", " "));
  assert.deepEqual(said, ["0 secs", "59 secs", "1 min", "14 mins", "2 hrs 5 mins", "1 day 1 hr"]);
});

test("the first event is sent to where the worker listens", () => {
  const [one, simulated] = firstEvent({ broker: "kafka-1:9092,kafka-2:9092", topic: "opened" });
  assert.match(one, /--bootstrap-server kafka-1:9092,kafka-2:9092 --topic opened /);
  assert.match(simulated, /^DESKPULSE_BROKER=kafka-1:9092,kafka-2:9092 deskpulse simulate --kafka /);
});
