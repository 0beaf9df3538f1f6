import { element, property, show, write } from "../page/dom";
import { draw, icon } from "../page/icons";
import type { Speech } from "../page/speech";
import type { Row, TileLayout, TileNumbers, Unit } from "../pure/contract";
import { rowsThatFit } from "../pure/packing";
import { type Body, type Shown, unitOf, whyNot } from "./frame";
import { Value } from "./value";

const TALL_UNITS = 24; // from this height on, there is room for their sum in large
const ROW_UNITS = 1.55; // least height of a row, in the page's base unit

/** One row for each channel, queue or age: its name, a bar, its value and n. */
export class RowsBody implements Body {
  readonly root = element("div", "body rows");
  private readonly all: Value;
  private readonly list = element("ul", "list");
  private readonly none = element("p", "value none");
  private readonly more = element("p", "more");
  private readonly lines = new Map<string, Line>();
  private readonly unit: Unit;
  private readonly label: (row: string) => string;
  /** Of the ages the oldest matter most: where there is no room for all, the youngest are left out. */
  private readonly fromEnd: boolean;
  private rows: Row[] = [];
  private value: number | null = null;
  private unsent = 0;

  constructor(
    private readonly layout: TileLayout,
    private readonly speech: Speech,
  ) {
    this.unit = unitOf(layout);
    this.label = layout.by === null ? (part) => partName(part, speech) : (value) => value;
    this.fromEnd = layout.kind === "ages" && layout.by === null;
    this.all = new Value(speech);
    const [above, below] = this.fromEnd ? [this.more, this.list] : [this.list, this.more];
    this.root.append(this.all.root, above, below, this.none);
    this.root.classList.toggle("plain", layout.kind === "list");
    show(this.more, false);
  }

  update(shown: Shown): void {
    const { numbers } = shown;
    this.rows = rowsOf(numbers);
    this.unsent = numbers?.more ?? 0;
    this.value = numbers?.value ?? null;
    this.all.set(this.value, this.unit, "");
    show(this.none, this.rows.length === 0);
    show(this.list, this.rows.length > 0);
    if (this.rows.length === 0) write(this.none, whyNot(shown, this.layout, this.speech));
    this.fit();
  }

  fit(): void {
    const unit = Number.parseFloat(getComputedStyle(this.root).fontSize);
    const tall = this.value !== null && this.rows.length > 0 && this.root.clientHeight > TALL_UNITS * unit;
    show(this.all.root, tall);
    this.root.parentElement?.classList.toggle("tall", tall);
    if (tall) this.all.fit();
    const room = this.root.clientHeight - (tall ? this.all.root.offsetHeight : 0);
    const { shown, left } = rowsThatFit(this.rows.length, this.unsent, room, unit * ROW_UNITS);
    const scale = this.scale();
    const rows = this.fromEnd ? this.rows.slice(this.rows.length - shown) : this.rows.slice(0, shown);
    for (const [label, line] of this.lines) {
      if (rows.some((row) => row.label === label)) continue;
      line.root.remove();
      this.lines.delete(label);
    }
    for (const [index, row] of rows.entries()) {
      let line = this.lines.get(row.label);
      if (line === undefined) this.lines.set(row.label, (line = new Line(this.label(row.label), this.speech)));
      if (this.list.children[index] !== line.root) this.list.insertBefore(line.root, this.list.children[index] ?? null);
      line.update(row, this.unit, scale);
    }
    write(this.more, left > 0 ? this.speech.texts.say("tile.more", { n: left }) : "");
    show(this.more, left > 0);
    this.root.classList.toggle("numbered", rows.some((row) => row.n != null && this.unit !== "count"));
    this.root.classList.toggle("levelled", rows.some((row) => speaks(row)));
  }

  /** Return the values at the two ends of a bar. */
  private scale(): Scale {
    if (this.unit === "score") return [-100, 100];
    if (this.unit === "percent") return [0, 100];
    const greatest = Math.max(...this.rows.map((row) => Math.max(row.high ?? 0, row.value ?? 0)), 1e-9);
    // Targets that are near enough are on the scale; a far one would make all bars short.
    return [0, Math.max(greatest, ...this.rows.map((row) => row.target ?? 0).filter((target) => target < 1.5 * greatest))];
  }
}

type Scale = readonly [from: number, to: number];

class Line {
  readonly root = element("li", "row");
  private readonly bar = element("span", "bar");
  private readonly amount = element("span", "amount");
  private readonly n = element("span", "row-n");
  private readonly state = element("span", "row-level");
  private readonly stateIcon = icon("good");
  private readonly stateText = element("span", "unseen");

  constructor(
    label: string,
    private readonly speech: Speech,
  ) {
    const name = element("span", "name", label);
    this.bar.append(...["fill", "band", "pin", "mark"].map((part) => element("span", part)));
    this.bar.setAttribute("aria-hidden", "true");
    this.state.append(this.stateIcon, this.stateText);
    this.root.append(name, this.bar, this.amount, this.n, this.state);
  }

  update(row: Row, unit: Unit, scale: Scale): void {
    const target = row.target ?? null;
    const { texts, formats } = this.speech;
    const none = row.value === null;
    write(this.amount, row.value === null ? "–" : formats.text(row.value, unit, "narrow"));
    this.amount.classList.toggle("none", none);
    if (none) this.amount.setAttribute("aria-label", texts.say("why.no_data"));
    else this.amount.removeAttribute("aria-label");
    write(this.n, row.n == null || unit === "count" ? "" : texts.say("tile.n", { n: formats.count(row.n) }));
    // A value that is known only within an interval is drawn as that, not as a length.
    const interval = row.value !== null && row.low != null && row.high != null;
    this.bar.classList.toggle("ranged", interval);
    property(this.bar, "--share", place(row.value ?? scale[0], scale));
    property(this.bar, "--low", place(row.low ?? 0, scale));
    property(this.bar, "--high", place(row.high ?? 0, scale));
    property(this.bar, "--target", place(target ?? 0, scale));
    this.bar.classList.toggle("marked", target !== null && target <= scale[1]);
    const level = row.level ?? "neutral";
    this.root.dataset["level"] = level;
    const said = speaks(row);
    this.stateIcon.classList.toggle("absent", !said);
    if (level === "good" || level === "warn" || level === "bad") draw(this.stateIcon, level);
    write(this.stateText, said ? texts.say(`level.${level}`) : "");
  }
}

const speaks = (row: Row): boolean => row.level === "good" || row.level === "warn" || row.level === "bad";

const place = (value: number, [from, to]: Scale): string =>
  Math.min(1, Math.max(0, (value - from) / (to - from))).toFixed(4);

/** Parts have names of ours; the values of a label are data, which may be called like one of them. */
function partName(part: string, { texts, formats }: Speech): string {
  return formats.span(part) ?? texts.sayOr(`part.${part}`, part);
}

/** Return the rows, or the parts as rows. */
function rowsOf(numbers: TileNumbers | null): Row[] {
  if (numbers?.rows != null && numbers.rows.length > 0) return numbers.rows;
  return Object.entries(numbers?.parts ?? {}).map(([label, value]) => ({ label, value }));
}
