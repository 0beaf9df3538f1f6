import { element, property, write } from "../page/dom";
import type { Speech } from "../page/speech";
import type { TileLayout, Unit } from "../pure/contract";
import { type Body, type Shown, unitOf, whyNot } from "./frame";
import { Value } from "./value";

/** A score, and how sure it is: its interval drawn on the whole scale. */
export class ScoreBody implements Body {
  readonly root: HTMLElement;
  private readonly value: Value;
  private readonly unit: Unit;
  private readonly scale = element("div", "scale");
  private readonly said = element("p", "interval");
  private readonly ends = [element("span", "end"), element("span", "end")] as const;
  private readonly range: (top: number) => [number, number];

  constructor(
    private readonly layout: TileLayout,
    private readonly speech: Speech,
  ) {
    this.unit = unitOf(layout);
    this.range = layout.metric === "nps" ? () => [-100, 100] : layout.unit === "percent" ? () => [0, 100] : (top) => [0, top];
    this.value = new Value(speech);
    const track = element("div", "track", element("span", "zero"), element("span", "band"), element("span", "mark"));
    track.append(element("span", "pin"));
    this.scale.append(track, element("div", "ends", ...this.ends));
    this.scale.setAttribute("role", "img");
    this.root = element("div", "body score", element("div", "score-value", this.value.root, this.said), this.scale);
  }

  update(shown: Shown): void {
    const { numbers } = shown;
    const { texts, formats } = this.speech;
    this.value.set(numbers?.value, this.unit, whyNot(shown, this.layout, this.speech));
    const known = numbers?.value != null;
    const [low, high] = [numbers?.low ?? null, numbers?.high ?? null];
    const interval = known && low !== null && high !== null;
    this.scale.classList.toggle("absent", !known);
    this.scale.classList.toggle("vague", !interval);
    this.scale.classList.toggle("aimed", numbers?.target != null);
    const spell = (value: number) => formats.text(value, this.unit);
    write(this.said, interval ? texts.say("tile.interval", { low: spell(low), high: spell(high) }) : "");
    const value = numbers?.value ?? 0;
    const name = interval ? texts.say("tile.interval_name", { low: spell(low), high: spell(high) }) : spell(value);
    this.scale.setAttribute("aria-label", name);
    const [from, to] = this.range(Math.max(value, high ?? 0) * 1.2 || 1);
    const place = (at: number) => Math.min(1, Math.max(0, (at - from) / (to - from))).toFixed(4);
    property(this.scale, "--value", place(value));
    property(this.scale, "--low", place(low ?? value));
    property(this.scale, "--high", place(high ?? value));
    property(this.scale, "--target", place(numbers?.target ?? from));
    property(this.scale, "--zero", place(0));
    write(this.ends[0], spell(from));
    write(this.ends[1], spell(to));
  }

  fit(): void {
    this.value.fit();
  }
}
