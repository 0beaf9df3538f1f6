import { element, property, show, write } from "../page/dom";
import { icon, type IconName } from "../page/icons";
import type { Speech } from "../page/speech";
import type { TileLayout } from "../pure/contract";
import { type Body, type Shown, whyNot } from "./frame";

const LEVELS: Record<string, "good" | "warn" | "bad"> = {
  on_time: "good",
  answered: "good",
  at_risk: "warn",
  pending: "warn",
  reply_waiting: "warn",
  breached: "bad",
  missed: "bad",
  late: "bad",
};

/** Parts of a whole, as the states of what was promised: one bar, and each part with its shape, name and number. */
export class StackBody implements Body {
  readonly root: HTMLElement;
  private readonly bar = element("div", "stack");
  private readonly legend = element("ul", "legend");
  private readonly none = element("p", "value none");
  private readonly parts = new Map<string, { segment: HTMLElement; amount: HTMLElement }>();

  constructor(
    private readonly layout: TileLayout,
    private readonly speech: Speech,
  ) {
    this.bar.setAttribute("aria-hidden", "true");
    this.root = element("div", "body stacked", this.bar, this.legend, this.none);
  }

  update(shown: Shown): void {
    const { numbers } = shown;
    const found = Object.entries(numbers?.parts ?? {});
    show(this.none, found.length === 0);
    show(this.bar, found.length > 0);
    show(this.legend, found.length > 0);
    write(this.none, found.length === 0 ? whyNot(shown, this.layout, this.speech) : "");
    for (const [name, value] of found) {
      const part = this.parts.get(name) ?? this.add(name);
      property(part.segment, "--share", value ?? 0);
      write(part.amount, value === null ? "–" : this.speech.formats.count(value));
    }
  }

  fit(): void {
    // The style sheet does it all.
  }

  private add(name: string): { segment: HTMLElement; amount: HTMLElement } {
    const level = LEVELS[name];
    const segment = element("span", "segment");
    const amount = element("span", "amount");
    const picture: IconName = level ?? "level";
    const item = element("li", "part", icon(picture), amount, element("span", "name", this.speech.texts.sayOr(`part.${name}`, name)));
    for (const node of [segment, item]) node.dataset["level"] = level ?? "neutral";
    this.bar.append(segment);
    this.legend.append(item);
    const part = { segment, amount };
    this.parts.set(name, part);
    return part;
  }
}
