import assert from "node:assert/strict";
import { test } from "node:test";
import { Formats } from "../src/pure/format";
import { LANGUAGES } from "../src/pure/texts";

const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");
const spelt = (locale: string, seconds: number): string => plain(new Formats(locale).text(seconds, "seconds"));

test("durations have one or two units, as many as matter", () => {
  const expected: [number, string][] = [
    [0, "0 sec"],
    [4.25, "4.3 sec"],
    [42.4, "42 sec"],
    [59.7, "1 min"],
    [240, "4 min"],
    [260, "4 min 20 sec"],
    [599.8, "10 min"],
    [1_234, "21 min"],
    [3_599, "1 hr"],
    [4_800, "1 hr 20 min"],
    [36_000, "10 hr"],
    [86_399, "1 day"],
    [90_000, "1 day 1 hr"],
    [864_000, "10 days"],
  ];
  for (const [seconds, text] of expected) assert.equal(spelt("en", seconds), text, String(seconds));
});

test("each language writes durations its own way", () => {
  assert.equal(spelt("de", 4_800), "1 Std. 20 Min.");
  assert.equal(spelt("es", 4_800), "1 h 20 min");
  assert.equal(spelt("ro", 4_800), "1 oră 20 min.");
  assert.equal(spelt("zh", 4_800), "1小时 20分钟");
});

test("units are told from digits, to be shown smaller", () => {
  const pieces = new Formats("en").pieces(260, "seconds").map(({ text, small }) => [plain(text), small]);
  assert.deepEqual(pieces.map(([, small]) => small), [false, true, true, false, true]);
});

test("counts, shares and scores are grouped, rounded and signed by the locale", () => {
  const [english, german] = [new Formats("en"), new Formats("de")];
  assert.equal(english.text(12_345, "count"), "12,345");
  assert.equal(german.text(12_345, "count"), "12.345");
  assert.equal(plain(german.text(82.46, "percent")), "82,5 %");
  assert.equal(english.text(100, "percent"), "100%");
  assert.equal(english.text(67.4, "score"), "+67");
  assert.equal(english.text(0.2, "score"), "0");
  assert.equal(plain(english.text(61, "per_hour")), "61 /h");
});

test("a change always has a sign", () => {
  const formats = new Formats("en");
  assert.equal(formats.change(3, "count"), "+3");
  assert.equal(formats.change(-3, "score"), "−3");
  assert.equal(formats.change(0, "count"), "±0");
});

test("windows and ages are spelt, other names are left to those who know them", () => {
  const formats = new Formats("en");
  assert.equal(plain(formats.span("1h") ?? ""), "1 hr");
  assert.equal(plain(formats.span("8-24h") ?? ""), "8–24 hr");
  assert.equal(plain(formats.span(">7d") ?? ""), "> 7 days");
  assert.equal(formats.span("chat"), null);
});

test("a moment of another day has its date", () => {
  const formats = new Formats("en-GB", "UTC");
  const now = Date.parse("2026-03-02T09:00:00Z");
  assert.equal(formats.moment(now - 60_000, now), "08:59:00");
  assert.match(formats.moment(now - 86_400_000, now), /01\/03\/2026/);
});

test("an age is said in words, never as a minus sign", () => {
  for (const language of LANGUAGES) {
    const said = new Formats(language).ago(2);
    assert.match(said, /2/, language);
    assert.doesNotMatch(said, /[-−]/, language);
  }
});
