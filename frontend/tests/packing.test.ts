import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsThatFit, pack, rowsThatFit, screens, type Span } from "../src/pure/packing";

const GAP = 10;
const tile = (id: string, least = 100, width = 1, height = 1): Span => ({ id, width, height, least });
const ids = (found: { places: { id: string }[] }[]): string[][] => found.map(({ places }) => places.map(({ id }) => id));
const total = (rows: readonly number[]): number => rows.reduce((all, row) => all + row, 0) + GAP * (rows.length - 1);

test("tiles fill holes that larger ones left", () => {
  const { places } = pack([tile("a"), tile("b", 100, 2), tile("c", 100, 2), tile("d")], 3, GAP);
  assert.deepEqual(places.map(({ row, column }) => [row, column]), [[0, 0], [0, 1], [1, 0], [1, 2]]);
});

test("a tile that is wider than the screen gets all of it", () => {
  assert.equal(pack([tile("a", 100, 4)], 1, GAP).places[0]?.width, 1);
});

test("a tile of two rows shares its height among them", () => {
  assert.deepEqual(pack([tile("a", 210, 1, 2), tile("b", 50), tile("c", 120)], 2, GAP).rows, [100, 120]);
});

test("what fits is one screen, and uses all of the room", () => {
  const found = screens([tile("a"), tile("b", 200)], 1, 400, GAP);
  assert.deepEqual(ids(found), [["a", "b"]]);
  assert.equal(total(found[0]?.rows ?? []), 400);
});

test("what does not fit is cut into screens that are filled evenly, in order", () => {
  const found = screens(["a", "b", "c", "d", "e"].map((id) => tile(id)), 1, 450, GAP);
  assert.deepEqual(ids(found), [["a", "b", "c"], ["d", "e"]]);
  for (const { rows } of found) assert.ok(total(rows) <= 450.001);
});

test("a single tile that needs more than the screen has shrinks instead of running over", () => {
  const [screen] = screens([tile("a", 900)], 1, 300, GAP);
  assert.deepEqual(screen?.rows, [300]);
});

test("columns become fewer where they would be too narrow", () => {
  assert.equal(columnsThatFit(4, 1_900, GAP, 300), 4);
  assert.equal(columnsThatFit(4, 1_000, GAP, 300), 3);
  assert.equal(columnsThatFit(4, 200, GAP, 300), 1);
});

test("rows that have no place are counted in a last line", () => {
  assert.deepEqual(rowsThatFit(7, 0, 210, 30), { shown: 7, left: 0 });
  assert.deepEqual(rowsThatFit(8, 0, 210, 30), { shown: 6, left: 2 });
  assert.deepEqual(rowsThatFit(7, 5, 210, 30), { shown: 6, left: 6 });
  assert.deepEqual(rowsThatFit(12, 3, 10, 30), { shown: 1, left: 14 });
});
