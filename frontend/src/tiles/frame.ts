// What every tile has around its numbers: the title, the level as colour, shape and word, what it is of, how fresh it is.

import { element, show, write } from "../page/dom";
import { draw, icon, type IconName } from "../page/icons";
import type { Speech } from "../page/speech";
import type { Feed, Level, Point, TileLayout, TileNumbers, Unit } from "../pure/contract";
import { instant } from "../pure/freshness";

/** What a tile shows at an instant. */
export interface Shown {
  numbers: TileNumbers | null;
  points: readonly Point[];
  /** What time it is for the worker, in milliseconds since 1970. */
  now: number;
  staleSeconds: number;
  feed: Feed | null;
  /** For how many seconds no event has come, if one should have. */
  silent: number | null;
}

/** What a foot says, with a picture or without. */
export interface Remark {
  icon: IconName | null;
  text: string;
}

/** What is inside the frame. */
export interface Body {
  readonly root: HTMLElement;
  update(shown: Shown): void;
  /** Fit into the place that there is, which may have changed. */
  fit(): void;
  repaint?(): void;
  end?(): void;
  /** What the foot says besides n and target. */
  foot?(shown: Shown): Remark | null;
}

export type BodyMaker = (layout: TileLayout, speech: Speech) => Body;

/** A score other than the net promoter score has no sign. */
export function unitOf(layout: TileLayout): Unit {
  return layout.unit === "score" && layout.metric !== "nps" ? "count" : layout.unit;
}

/** A metric whose low and high are what is usual, not how sure it is. */
export const USUAL = "inflow_vs_usual";

export class Tile {
  readonly root: HTMLElement;
  private readonly body: Body;
  private readonly levelIcon = icon("good");
  private readonly word = element("span", "word");
  private readonly all = element("span", "fact all");
  private readonly target = element("span", "fact");
  private readonly n = element("span", "fact");
  private readonly unpromised = element("span", "fact");
  private readonly extra = element("span", "fact extra");
  private readonly extraIcon = icon("level");
  private readonly extraText = element("span");
  private readonly fresh = element("span", "fresh");
  private readonly freshIcon = icon("clock");
  private readonly freshText = element("span");
  private shown: Shown | null = null;

  constructor(
    private readonly layout: TileLayout,
    private readonly speech: Speech,
    make: BodyMaker,
  ) {
    this.body = make(layout, speech);
    const title = element("h2", "title", layout.title ?? speech.texts.sayOr(`metric.${layout.metric}`, layout.metric));
    title.id = `title-${layout.id}`;
    const scope = element("p", "scope", scopeOf(layout, speech));
    scope.id = `scope-${layout.id}`;
    const head = element("div", "head", element("div", "titles", title, ...(scope.textContent ? [scope] : [])));
    this.extra.append(this.extraIcon, this.extraText);
    this.fresh.append(this.freshIcon, this.freshText);
    // What comes last goes first where there is no room for all. The level is told by colour and shape as well.
    const facts = element("p", "facts", this.all, this.word, this.target, this.n, this.unpromised, this.extra);
    const foot = element("div", "foot", facts, this.fresh);
    // Rows need the height; what they say besides fits beside the title.
    const rows = this.body.root.classList.contains("rows");
    this.levelIcon.classList.add("level");
    if (rows) head.replaceChildren(element("div", "headline", ...head.children, this.levelIcon), foot);
    else head.append(this.levelIcon);
    this.root = element("section", rows ? "tile rows-tile" : "tile", head, this.body.root);
    if (foot.parentNode === null) this.root.append(foot);
    // Two tiles may show the same number, of all and by channel.
    this.root.setAttribute("aria-labelledby", scope.textContent ? `${title.id} ${scope.id}` : title.id);
    this.root.dataset["kind"] = layout.kind;
    this.root.dataset["tile"] = layout.id;
  }

  update(shown: Shown): void {
    this.shown = shown;
    const { texts, formats } = this.speech;
    const { numbers } = shown;
    const level = numbers?.level ?? "neutral";
    this.root.dataset["level"] = level;
    const speaks = level === "good" || level === "warn" || level === "bad";
    this.levelIcon.classList.toggle("absent", !speaks);
    if (speaks) draw(this.levelIcon, level);
    const silent = shown.silent === null ? "" : texts.say("state.dead", { age: formats.age(shown.silent) });
    this.fact(this.word, speaks ? texts.say(levelKey(level, this.layout)) : silent);
    this.fact(this.all, this.total(numbers));
    this.fact(this.target, this.targetText(numbers));
    this.fact(this.n, this.says(numbers) ? texts.say("tile.n", { n: formats.count(numbers?.n ?? 0) }) : "");
    // The policy file was asked for a target, and promises these tickets different things or nothing.
    this.fact(this.unpromised, numbers?.why === "no_target" ? texts.say("why.no_target") : "");
    const extra = this.body.foot?.(shown) ?? null;
    show(this.extra, extra !== null);
    if (extra !== null) {
      this.extraIcon.classList.toggle("gone", extra.icon === null);
      if (extra.icon !== null) draw(this.extraIcon, extra.icon);
      write(this.extraText, extra.text);
    }
    this.body.update(shown);
    this.freshen(shown.now);
  }

  /** Say how fresh the tile is: quietly, unless it is not. */
  freshen(now: number): void {
    const at = instant(this.shown?.numbers?.fresh_as_of);
    if (this.shown === null || at === null || this.shown.feed === "never") return show(this.fresh, false);
    const { texts, formats } = this.speech;
    const age = Math.max(0, (now - at) / 1000);
    const old = age > this.shown.staleSeconds;
    show(this.fresh, old || this.shown.feed !== "dead");
    this.fresh.classList.toggle("old", old);
    this.root.classList.toggle("old", old);
    this.freshIcon.classList.toggle("absent", !old);
    write(this.freshText, old ? texts.say("tile.since", { time: formats.moment(at, now) }) : formats.ago(age < 2 ? 0 : age));
  }

  fit(): void {
    this.body.fit();
  }

  repaint(): void {
    this.body.repaint?.();
  }

  end(): void {
    this.body.end?.();
  }

  private fact(node: HTMLElement, text: string): void {
    write(node, text);
    show(node, text !== "");
  }

  /** Whether n says more than the value does. */
  private says(numbers: TileNumbers | null): boolean {
    return numbers?.n != null && this.layout.kind !== "flow" && numbers.n !== numbers.value;
  }

  /** What rows are the parts of: their sum, or their mean, median or share together. */
  private total(numbers: TileNumbers | null): string {
    if (numbers?.value == null || !this.root.classList.contains("rows-tile")) return "";
    return this.speech.texts.say("tile.all", { value: this.speech.formats.text(numbers.value, unitOf(this.layout), "narrow") });
  }

  private targetText(numbers: TileNumbers | null): string {
    const { texts, formats } = this.speech;
    const target = this.layout.target;
    const value = (amount: number) => formats.text(amount, unitOf(this.layout), "narrow");
    if (target?.at_most !== undefined) return texts.say("tile.at_most", { value: value(target.at_most) });
    if (target?.at_least !== undefined) return texts.say("tile.at_least", { value: value(target.at_least) });
    return numbers?.target == null ? "" : texts.say("tile.target", { value: value(numbers.target) });
  }
}

function levelKey(level: Level, layout: TileLayout): string {
  // Without a target it is judged by what is usual, which is no limit.
  if (layout.metric === USUAL && layout.target === null && layout.warn === null) return level === "good" ? "level.usual" : "level.unusual";
  if (level !== "bad") return `level.${level}`;
  if (layout.target?.at_least !== undefined || layout.higher_is === "better") return "level.bad_low";
  if (layout.target?.at_most !== undefined || layout.higher_is === "worse") return "level.bad_high";
  return "level.bad";
}

/** Say what the tile is of: its window, its filter, what it is broken down by. */
function scopeOf(layout: TileLayout, { texts, formats }: Speech): string {
  const parts: string[] = [];
  if (layout.window !== null) parts.push(formats.span(layout.window) ?? texts.sayOr(`window.${layout.window}`, layout.window));
  for (const values of Object.values(layout.filter ?? {})) parts.push(values.join(", "));
  if (layout.by !== null) {
    parts.push(texts.sayOr(`dimension.${layout.by}`, texts.say("dimension.other", { dimension: layout.by })));
  }
  return parts.join(" · ");
}

const OF_THE_WAITING = ["waiting", "longest_wait", "at_risk", "breached", "replies_waiting", "longest_reply_wait", "reply_at_risk", "reply_breached"];

/** Say why there is no value. */
export function whyNot({ numbers, feed }: Shown, layout: TileLayout, { texts }: Speech): string {
  if (numbers === null) return texts.say("why.not_ready");
  const why = numbers.why ?? "no_data";
  // Nothing to show of those who wait is news only while events tell of them.
  const nobody = why === "no_data" && feed !== "dead" && OF_THE_WAITING.includes(layout.metric);
  return texts.say(nobody ? "why.nobody_waits" : `why.${why}`);
}
