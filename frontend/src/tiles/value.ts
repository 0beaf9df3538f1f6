// A number as large as its place allows, with its units smaller.

import { element, property } from "../page/dom";
import type { Speech } from "../page/speech";
import type { Unit } from "../pure/contract";
import type { Piece } from "../pure/format";

const SMALL = 0.46; // as .value .small in the style sheet
const SAMPLE_PIXELS = 100;
const pen = document.createElement("canvas").getContext("2d");

export class Value {
  readonly root = element("p", "value");
  private said = "";
  private sample = 0;

  constructor(private readonly speech: Speech) {}

  /** Show a value, or in words why there is none. */
  set(value: number | null | undefined, unit: Unit, otherwise: string): void {
    const none = value === null || value === undefined;
    const pieces = none ? [{ text: otherwise, small: false }] : this.speech.formats.pieces(value, unit);
    const said = pieces.map(({ text }) => text).join("");
    if (said === this.said && none === this.root.classList.contains("none")) return;
    this.said = said;
    this.root.classList.toggle("none", none);
    this.root.replaceChildren(...pieces.map(({ text, small }) => element("span", small ? "small" : "", text)));
    this.sample = none ? 0 : widthOf(pieces, getComputedStyle(this.root).fontFamily);
    this.fit();
  }

  fit(): void {
    property(this.root, "--fit", 1);
    if (this.sample === 0) return;
    const size = Number.parseFloat(getComputedStyle(this.root).fontSize);
    const room = this.root.clientWidth;
    if (room === 0 || !(size > 0)) return;
    const wide = (this.sample * size) / SAMPLE_PIXELS;
    if (wide > room) property(this.root, "--fit", (room / wide).toFixed(3));
  }
}

function widthOf(pieces: readonly Piece[], family: string): number {
  if (pen === null) return 0;
  let width = 4; // what rounding may cost
  for (const { text, small } of pieces) {
    pen.font = `${small ? 600 : 700} ${SAMPLE_PIXELS * (small ? SMALL : 1)}px ${family}`;
    width += pen.measureText(text).width;
  }
  return width;
}
