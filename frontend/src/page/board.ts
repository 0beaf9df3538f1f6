// The tiles: which are on the screen now, where they stand, and what they show.

import { element, property } from "./dom";
import type { Speech } from "./speech";
import type { Layout, Numbers, Point, TileLayout } from "../pure/contract";
import { eventAge, staleSeconds } from "../pure/freshness";
import { columnsThatFit, screens, type Screen } from "../pure/packing";
import type { Tile } from "../tiles/frame";
import { leastHeight, makeTile } from "../tiles/tile";

const NARROWEST_UNITS = 14;

export interface Shown {
  title: string;
  screen: Screen;
  tiles: ReadonlyMap<string, TileLayout>;
}

export class Board {
  readonly root = element("main", "board");
  screens: Shown[] = [];
  index = 0;
  private tiles = new Map<string, Tile>();
  private size = "";

  constructor(private readonly changed: () => void) {
    new ResizeObserver(() => this.resized()).observe(this.root);
  }

  private layout: Layout | null = null;
  private speech: Speech | null = null;

  /** Show a layout from its first page, or from the page that is seen if it is still there. */
  set(layout: Layout, speech: Speech): void {
    this.layout = layout;
    this.speech = speech;
    this.size = "";
    this.resized();
  }

  turn(index: number): void {
    const count = this.screens.length;
    if (count === 0) return;
    this.index = ((index % count) + count) % count;
    this.build();
    this.changed();
  }

  update(numbers: Numbers | null, trends: ReadonlyMap<string, readonly Point[]>, now: number): void {
    for (const [id, tile] of this.tiles) {
      const points = trends.get(id) ?? [];
      const desk = numbers?.desk;
      const silent = desk?.feed === "dead" ? eventAge(desk, now) : null;
      tile.update({ numbers: numbers?.tiles[id] ?? null, points, now, staleSeconds: staleSeconds(desk), feed: desk?.feed ?? null, silent });
    }
  }

  freshen(now: number): void {
    for (const tile of this.tiles.values()) tile.freshen(now);
  }

  repaint(): void {
    for (const tile of this.tiles.values()) tile.repaint();
  }

  /** Cut the pages to what fits now. */
  private resized(): void {
    const { layout, speech } = this;
    const box = this.root.getBoundingClientRect();
    const style = getComputedStyle(this.root);
    const [unit, gap] = [Number.parseFloat(style.fontSize), Number.parseFloat(style.rowGap)];
    const size = `${Math.round(box.width)}x${Math.round(box.height)} ${unit}`;
    if (layout === null || speech === null || size === this.size || box.height < 1) return;
    this.size = size;
    const inner = box.width - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
    this.screens = layout.pages.flatMap((page) => {
      const columns = columnsThatFit(page.columns, inner, gap, NARROWEST_UNITS * unit);
      const spans = page.tiles.map((tile) => ({
        id: tile.id,
        width: tile.width,
        height: columns === page.columns ? tile.height : 1,
        least: leastHeight(tile, unit),
      }));
      const tiles = new Map(page.tiles.map((tile) => [tile.id, tile]));
      return screens(spans, columns, box.height, gap).map((screen) => ({ title: page.title ?? "", screen, tiles }));
    });
    this.index = Math.min(this.index, Math.max(0, this.screens.length - 1));
    this.build();
    this.changed();
  }

  private build(): void {
    for (const tile of this.tiles.values()) tile.end();
    this.tiles.clear();
    const shown = this.screens[this.index];
    const speech = this.speech;
    if (shown === undefined || speech === null) return this.root.replaceChildren();
    property(this.root, "--columns", shown.screen.columns);
    property(this.root, "--rows", shown.screen.rows.map((row) => `minmax(0, ${row.toFixed(1)}fr)`).join(" "));
    const made = shown.screen.places.map((place) => {
      const layout = shown.tiles.get(place.id);
      if (layout === undefined) throw new Error(`no tile ${place.id}`);
      const tile = makeTile(layout, speech);
      this.tiles.set(place.id, tile);
      property(tile.root, "--column", place.column + 1);
      property(tile.root, "--row", place.row + 1);
      property(tile.root, "--wide", place.width);
      property(tile.root, "--high", place.height);
      return tile.root;
    });
    this.root.replaceChildren(...made);
  }
}
