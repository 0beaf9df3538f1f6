import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff } from "../src/pure/backoff";
import { EventReader } from "../src/pure/sse";
import { chosen, localeOf, Texts } from "../src/pure/texts";
import { readFragment, TokenKeeper } from "../src/pure/token";
import { course, extended } from "../src/pure/trend";

const STREAM = 'retry: 1500\n\nevent: numbers\ndata: {"a":\ndata: 1}\n\n: still here\n\nevent: layout\r\ndata: x\r\n\r\n';
const EVENTS = [
  { event: "numbers", data: '{"a":\n1}' },
  { event: "layout", data: "x" },
];

test("events are the same wherever the stream is cut", () => {
  for (let cut = 0; cut <= STREAM.length; cut += 1) {
    const reader = new EventReader();
    const found = [...reader.push(STREAM.slice(0, cut)), ...reader.push(STREAM.slice(cut))];
    assert.deepEqual(found, EVENTS, `cut at ${cut}`);
    assert.equal(reader.retryMilliseconds, 1500);
  }
});

test("an event that is not finished is not told", () => {
  assert.deepEqual(new EventReader().push("event: numbers\ndata: 1\n"), []);
});

test("pauses grow, have an end, and differ from board to board", () => {
  assert.equal(backoff(0, 1), 500);
  assert.equal(backoff(3, 1), 4_000);
  assert.equal(backoff(50, 1), 8_000);
  assert.equal(backoff(3, 0), 2_000);
  assert.equal(backoff(0, 1, 1_500), 1_500);
});

test("the token is taken out of the fragment, and the rest is left", () => {
  assert.deepEqual(readFragment("#token=a%2Bb&stay"), { token: "a+b", stay: true, rest: "" });
  assert.deepEqual(readFragment("#x=1&token=t"), { token: "t", stay: false, rest: "#x=1" });
  assert.deepEqual(readFragment("#chapter"), { token: null, stay: false, rest: "#chapter" });
});

test("the token stays on the device only if that was asked for, and goes when it is not", () => {
  const store = () => {
    const kept = new Map<string, string>();
    return {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
  };
  const device = store();
  new TokenKeeper(store(), device).keep("one", true);
  const later = new TokenKeeper(store(), device);
  assert.deepEqual(later.headers(), { Authorization: "Bearer one" });
  later.keep("two", false);
  assert.equal(new TokenKeeper(store(), device).token, null);
  assert.equal(later.token, "two");
});

test("the language is the first wished one that there is", () => {
  assert.equal(chosen([null, "fr", "de-AT", "en"]), "de");
  assert.equal(chosen(["fr"]), "en");
  assert.equal(localeOf("de", ["en-US", "de-CH"]), "de-CH");
  assert.equal(localeOf("ro", ["en-US"]), "ro");
  // A board for Zürich on a TV from elsewhere; an address that names the language alone leaves the region as it was.
  assert.equal(localeOf("de", [null, "de-CH", "de-DE"]), "de-CH");
  assert.equal(localeOf("de", ["de", null, "de-AT"]), "de-AT");
  assert.equal(localeOf("de", ["de-?", "de-"]), "de");
});

test("messages are filled in, and one that is unknown is not hidden", () => {
  const texts = new Texts("en", { "a.b": "{n} of {of}" });
  assert.equal(texts.say("a.b", { n: 1, of: 2 }), "1 of 2");
  assert.equal(texts.say("a.b", { n: 1 }), "1 of {of}");
  assert.equal(texts.say("a.c"), "a.c");
});

test("a trend keeps a point each ten seconds, and the newest moves", () => {
  let points: [number, number | null][] = [[0, 1]];
  for (let at = 1; at <= 25; at += 1) points = extended(points, at, at);
  assert.deepEqual(points.map(([at]) => at), [0, 10, 20, 25]);
});

test("a trend is an hour long and says where it came from", () => {
  let points: [number, number | null][] = [];
  for (let at = 0; at <= 4_000; at += 10) points = extended(points, at, at / 10);
  assert.equal(points.length, 360);
  assert.deepEqual(course(points), { first: 41, last: 400, low: 41, high: 400, seconds: 3_590 });
});

test("a minute is the least that a trend speaks of, and what is unknown is left out", () => {
  assert.equal(course([[0, 1], [50, 2]]), null);
  assert.deepEqual(course([[0, null], [10, 4], [90, 2], [95, null]]), { first: 4, last: 2, low: 2, high: 4, seconds: 80 });
});
