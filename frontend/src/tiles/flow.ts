import { element, property } from "../page/dom";
import type { IconName } from "../page/icons";
import { icon } from "../page/icons";
import type { Speech } from "../page/speech";
import type { TileLayout } from "../pure/contract";
import { type Body, type Remark, type Shown, whyNot } from "./frame";
import { Value } from "./value";

const IN = ["opened", "reopened"] as const;
const OUT = ["resolved", "abandoned"] as const;

/** What comes in beside what goes out, on one scale. */
export class FlowBody implements Body {
  readonly root: HTMLElement;
  private readonly sides: [Side, Side];

  constructor(
    private readonly layout: TileLayout,
    private readonly speech: Speech,
  ) {
    this.sides = [new Side("in", "up", IN, speech), new Side("out", "down", OUT, speech)];
    this.root = element("div", "body flow", ...this.sides.map((side) => side.root));
  }

  update(shown: Shown): void {
    const { numbers } = shown;
    const parts = numbers?.parts ?? {};
    const greatest = Math.max(...this.sides.map((side) => side.sum(parts) ?? 0), 1);
    for (const side of this.sides) side.update(parts, greatest, whyNot(shown, this.layout, this.speech));
  }

  foot({ numbers, feed }: Shown): Remark | null {
    const [into, out] = this.sides.map((side) => side.sum(numbers?.parts ?? {}));
    if (into == null || out == null) return null;
    const n = this.speech.formats.count(Math.abs(into - out));
    // Nothing in and nothing out is balance only if it would be known otherwise.
    if (into === out && feed !== null && feed !== "alive") return null;
    if (into === out) return { icon: "level", text: this.speech.texts.say("flow.level") };
    const grows = into > out;
    return { icon: grows ? "up" : "down", text: this.speech.texts.say(grows ? "flow.grows" : "flow.shrinks", { n }) };
  }

  fit(): void {
    for (const side of this.sides) side.fit();
  }
}

type Parts = Record<string, number | null>;

class Side {
  readonly root: HTMLElement;
  private readonly value: Value;
  private readonly bar = element("span", "bar");
  private readonly detail = element("p", "detail");
  private said = "";

  constructor(
    name: "in" | "out",
    arrow: IconName,
    private readonly names: readonly string[],
    private readonly speech: Speech,
  ) {
    this.value = new Value(speech);
    this.bar.append(element("span", "fill"));
    this.bar.setAttribute("aria-hidden", "true");
    const head = element("h3", "side-name", speech.texts.say(`part.${name}`));
    head.prepend(icon(arrow));
    this.root = element("div", `side ${name}`, head, this.value.root, this.bar, this.detail);
  }

  /** Return the sum of what is known, null if nothing is. */
  sum(parts: Parts): number | null {
    const known = this.names.map((name) => parts[name]).filter((value) => value != null);
    return known.length === 0 ? null : known.reduce((all, value) => all + value, 0);
  }

  update(parts: Parts, greatest: number, otherwise: string): void {
    const sum = this.sum(parts);
    this.value.set(sum, "count", otherwise);
    property(this.bar, "--share", ((sum ?? 0) / greatest).toFixed(4));
    const said = this.names
      .filter((name) => parts[name] != null)
      .map((name) => `${this.speech.texts.say(`part.${name}`)} ${this.speech.formats.count(parts[name] ?? 0)}`);
    if (said.join() === this.said) return;
    this.said = said.join();
    this.detail.replaceChildren(...said.map((text) => element("span", "", text)));
  }

  fit(): void {
    this.value.fit();
  }
}
