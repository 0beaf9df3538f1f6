// A number as large as its place allows, with its units smaller.

import { element, property } from "../page/dom";
import type { Speech } from "../page/speech";
import type { Unit } from "../pure/contract";

export class Value {
  readonly root = element("p", "value");
  private said = "";

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
    this.fit();
  }

  fit(): void {
    property(this.root, "--fit", 1);
    const { scrollWidth: wide, clientWidth: room } = this.root;
    if (room > 0 && wide > room) property(this.root, "--fit", ((room - 2) / wide).toFixed(3));
  }
}
