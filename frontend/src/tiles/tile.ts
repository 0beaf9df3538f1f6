import type { Speech } from "../page/speech";
import type { TileLayout } from "../pure/contract";
import { FlowBody } from "./flow";
import { type BodyMaker, Tile } from "./frame";
import { NumberBody } from "./number";
import { RowsBody } from "./rows";
import { ScoreBody } from "./score";
import { StackBody } from "./stack";

const rows: BodyMaker = (layout, speech) => new RowsBody(layout, speech);

const BODIES: Readonly<Record<string, BodyMaker>> = {
  number: (layout, speech) => new NumberBody(layout, speech),
  breakdown: rows,
  list: rows,
  ages: rows,
  flow: (layout, speech) => new FlowBody(layout, speech),
  score: (layout, speech) => new ScoreBody(layout, speech),
  states: (layout, speech) => new StackBody(layout, speech),
};

function bodyOf(layout: TileLayout): BodyMaker {
  if (layout.by !== null) return rows;
  return BODIES[layout.kind] ?? ((of, speech) => new NumberBody(of, speech));
}

/** Least height of a kind of tile, in the page's base unit. */
const LEAST_UNITS: Readonly<Record<string, number>> = { number: 7.6, score: 9.5, states: 8, flow: 12.8 };
const LEAST_UNITS_OF_ROWS = 12;

/** Make the tile of a layout; a kind that this page does not know yet is shown as a number. */
export function makeTile(layout: TileLayout, speech: Speech): Tile {
  return new Tile(layout, speech, bodyOf(layout));
}

/** Return the least height that the tile needs, in pixels. */
export function leastHeight(layout: TileLayout, unit: number): number {
  const units = layout.by === null ? LEAST_UNITS[layout.kind] : undefined;
  return (units ?? LEAST_UNITS_OF_ROWS) * unit;
}
