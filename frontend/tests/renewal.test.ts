import assert from "node:assert/strict";
import { test } from "node:test";
import { AGAIN_MILLISECONDS, readRenewed, renewal } from "../src/pure/renewal";

const NOW = 1_800_000_000_000;

test("a page that is served still is not loaded anew", () => {
  assert.equal(renewal("a", "a", null, NOW), null);
  assert.equal(renewal("a", "a", { version: "b", at: NOW }, NOW), null);
});

test("another version is loaded at once, whatever was loaded before it", () => {
  assert.equal(renewal("a", "b", null, NOW), 0);
  assert.equal(renewal("b", "c", { version: "b", at: NOW - 1 }, NOW), 0);
});

test("a page that is the old one after all waits an hour before it tries again, so it never flickers", () => {
  const last = { version: "b", at: NOW };
  assert.equal(renewal("a", "b", last, NOW), AGAIN_MILLISECONDS);
  assert.equal(renewal("a", "b", last, NOW + 1_000), AGAIN_MILLISECONDS - 1_000);
  assert.equal(renewal("a", "b", last, NOW + 2 * AGAIN_MILLISECONDS), 0);
});

test("a clock that was set back delays it by no more than that hour", () => {
  assert.equal(renewal("a", "b", { version: "b", at: NOW + 9 * AGAIN_MILLISECONDS }, NOW), AGAIN_MILLISECONDS);
});

test("what was remembered is read, and anything else is passed over", () => {
  assert.deepEqual(readRenewed('{"version":"b","at":5}'), { version: "b", at: 5 });
  for (const text of [null, "", "{", "null", "7", '{"version":"b"}', '{"version":1,"at":5}']) {
    assert.equal(readRenewed(text), null, String(text));
  }
});
