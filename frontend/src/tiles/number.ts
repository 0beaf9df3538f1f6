import { element, show } from "../page/dom";
import type { Speech } from "../page/speech";
import type { TileLayout, Unit } from "../pure/contract";
import { course } from "../pure/trend";
import { type Body, type Remark, type Shown, unitOf, USUAL, whyNot } from "./frame";
import { Sparkline } from "./sparkline";
import { Value } from "./value";

/** One number, and its trend. */
export class NumberBody implements Body {
  readonly root: HTMLElement;
  private readonly value: Value;
  private readonly unit: Unit;
  private readonly usual: boolean;
  private readonly host = element("div", "trend");
  private readonly trend: Sparkline | null;

  constructor(
    private readonly layout: TileLayout,
    private readonly speech: Speech,
  ) {
    this.unit = unitOf(layout);
    this.usual = layout.metric === USUAL;
    this.value = new Value(speech);
    this.trend = layout.trend ? new Sparkline(this.host) : null;
    this.root = element("div", "body number", this.value.root);
    this.root.append(this.host);
    show(this.host, false);
  }

  update(shown: Shown): void {
    const { numbers, points } = shown;
    this.value.set(numbers?.value, this.unit, whyNot(shown, this.layout, this.speech));
    if (this.trend === null) return;
    const found = course(points);
    if (this.host.hidden === (found !== null)) {
      show(this.host, found !== null);
      this.root.classList.toggle("has-trend", found !== null);
      this.value.fit();
    }
    if (found === null) return;
    const { texts, formats } = this.speech;
    const spell = (value: number) => formats.text(value, this.unit);
    const { first, last, low, high } = found;
    const name = { first: spell(first), last: spell(last), low: spell(low), high: spell(high) };
    this.host.setAttribute("aria-label", texts.say("tile.trend", name));
    this.trend.draw(points, numbers?.target ?? null);
  }

  foot({ numbers, points }: Shown): Remark | null {
    const { texts, formats } = this.speech;
    if (numbers?.low != null && numbers.high != null) {
      const ends = { low: formats.text(numbers.low, this.unit), high: formats.text(numbers.high, this.unit) };
      return { icon: null, text: texts.say(this.usual ? "part.usual" : "tile.interval", ends) };
    }
    const found = this.trend === null ? null : course(points);
    if (found === null) return null;
    const by = found.last - found.first;
    const change = formats.change(by, this.unit);
    const span = formats.text(found.seconds < 3540 ? Math.round(found.seconds / 60) * 60 : 3600, "seconds", "short");
    return { icon: by > 0 ? "up" : by < 0 ? "down" : "level", text: texts.say("tile.change", { change, span }) };
  }

  fit(): void {
    this.value.fit();
  }

  repaint(): void {
    this.trend?.repaint();
  }

  end(): void {
    this.trend?.end();
  }
}
