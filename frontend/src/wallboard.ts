// The wallboard: a screen that a floor looks up at and nobody touches.

import { Board } from "./page/board";
import { choices } from "./page/choices";
import { Controls } from "./page/controls";
import { element, show, write } from "./page/dom";
import { Gate } from "./page/gate";
import { Header } from "./page/header";
import { Hint } from "./page/hint";
import { Renewal } from "./page/renewal";
import { Rotation } from "./page/rotation";
import { Sound } from "./page/sound";
import { awaitSpeech, fulfils, loadSpeech, type Speech, type Wished } from "./page/speech";
import { BoardStream } from "./page/stream";
import { ThemeSwitch } from "./page/theme";
import { takeToken } from "./page/token";
import { boardName } from "./pure/address";
import type { Layout, Numbers, PageServed, Point, Trend } from "./pure/contract";
import { freshness, type Heard, instant, isFed, staleSeconds, standing } from "./pure/freshness";
import type { StreamEvent } from "./pure/sse";
import { judge, type Problem } from "./pure/status";
import { extended } from "./pure/trend";

const TICK_MILLISECONDS = 250;
const BREACH_TELL_MILLISECONDS = 30_000;

class Wallboard {
  private readonly token = takeToken();
  private readonly name = boardName(location.pathname);
  private readonly header = new Header();
  private readonly hint = new Hint();
  private readonly board = new Board(() => this.paged());
  private readonly gate = new Gate(this.token, () => this.stream.again());
  private readonly sound = new Sound();
  private readonly renewal = new Renewal("wallboard");
  private readonly note = element("p", "note");
  private readonly theme = new ThemeSwitch(() => this.board.repaint());
  private readonly rotation = new Rotation(() => this.board.turn(this.board.index + 1));
  private readonly controls = new Controls({
    page: (index) => this.byHand(() => this.board.turn(index)),
    turn: (by) => this.byHand(() => this.board.turn(this.board.index + by)),
    pause: () => this.change(() => this.pause()),
    sound: () => this.change(() => this.sound.turn((choices.sound = !this.sound.on))),
    theme: () => this.change(() => this.theme.next()),
    full: () => void fullScreen(),
  });
  private readonly stream = new BoardStream(this.name, this.token, {
    event: (event) => void this.take(event),
    connected: () => (this.problem = null),
    problem: (problem) => (this.problem = problem),
  });
  private layout: Layout | null = null;
  private numbers: Numbers | null = null;
  private heard: Heard | null = null;
  private problem: Problem | null = null;
  private trends = new Map<string, Point[]>();
  private toldAt = -Infinity;

  constructor(private speech: Speech) {}

  start(): void {
    const { header, hint, board, controls, gate, note } = this;
    document.body.append(header.root, header.banner, note, hint.root, board.root, gate.root, controls.root, header.announcer);
    this.header.name("Deskpulse", "");
    this.theme.begin("auto");
    this.spoken();
    addEventListener("online", () => this.stream.again());
    // Browsers play no sound before somebody touched the page.
    for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, () => void this.sound.allow());
    swipes(board.root, (by) => this.byHand(() => board.turn(board.index + by)));
    setInterval(() => this.tick(), TICK_MILLISECONDS);
    this.tick();
    void this.stream.run();
  }

  private async take({ event, data }: StreamEvent): Promise<void> {
    if (event === "page") this.renewal.heard((JSON.parse(data) as PageServed).version);
    else if (event === "layout") await this.takeLayout(JSON.parse(data) as Layout);
    else if (event === "trend") this.takeTrend(JSON.parse(data) as Trend);
    else if (event === "numbers") this.takeNumbers(JSON.parse(data) as Numbers);
  }

  private async takeLayout(layout: Layout): Promise<void> {
    const first = this.layout === null;
    // Under another layout a tile of the same place may show something else.
    if (!first && JSON.stringify(layout) !== JSON.stringify(this.layout)) this.numbers = null;
    const wished = wishes(layout.language);
    if (!fulfils(this.speech, wished)) await this.speak(wished);
    this.layout = layout;
    if (first) {
      this.theme.begin(layout.theme);
      this.sound.turn(choices.sound ?? layout.sound);
      if (choices.paused !== null) {
        this.board.index = choices.paused;
        this.rotation.toggle();
      }
    }
    this.rotation.every(layout.rotate_seconds);
    this.spoken();
    this.board.set(layout, this.speech);
    this.tick();
  }

  /** Speak another language; if its texts cannot be had, numbers in the one before are better than none. */
  private async speak(wished: Wished): Promise<void> {
    try {
      this.speech = await loadSpeech(wished);
    } catch (error) {
      console.warn("goes on in the language before", error);
    }
  }

  private takeTrend(trend: Trend): void {
    this.trends = new Map(Object.entries(trend.tiles));
    this.draw();
  }

  private takeNumbers(said: Numbers): void {
    const sentAt = instant(said.sent_at);
    if (sentAt === null) throw new Error(`numbers without a time: ${said.sent_at}`);
    const numbers = (this.numbers = standing(said, this.numbers));
    const asOf = instant(numbers.as_of);
    this.heard = { sentAt, asOf, staleSeconds: staleSeconds(numbers.desk), receivedAt: performance.now() };
    for (const [id, tile] of Object.entries(said.tiles)) {
      if (asOf === null) break;
      // What is not live would be a dip or a peak that never was; the worker's own hour has a gap there too.
      const value = numbers.desk.state === "live" && isFed(numbers.desk) ? tile.value : null;
      this.trends.set(id, extended(this.trends.get(id) ?? [], asOf / 1000, value));
    }
    this.tellBreaches(numbers);
    this.draw();
    this.tick();
  }

  private tellBreaches({ breaches }: Numbers): void {
    if (breaches == null) return;
    this.header.breached(breaches.now, this.speech);
    if (breaches.new <= 0) return;
    this.sound.play();
    if (performance.now() - this.toldAt < BREACH_TELL_MILLISECONDS) return;
    this.toldAt = performance.now();
    this.header.say(this.speech.texts.say("breach.new", breaches));
  }

  private draw(): void {
    this.board.update(this.numbers, this.trends, this.now());
  }

  private now(): number {
    return this.heard === null ? Date.now() : freshness(this.heard, performance.now()).now;
  }

  private tick(): void {
    const fresh = this.heard === null ? null : freshness(this.heard, performance.now());
    const desk = this.numbers?.desk ?? null;
    const status = judge(desk, fresh, this.problem);
    const closed = status.kind === "closed";
    document.documentElement.dataset["state"] = status.kind;
    document.documentElement.classList.toggle("greyed", status.greyed);
    show(this.board.root, !closed);
    show(this.gate.root, closed);
    this.gate.update(this.problem, this.name, this.speech);
    this.hint.update(status.kind === "never" ? (desk?.send_to ?? null) : null, this.speech);
    this.header.update(status, desk, fresh, this.problem, this.speech);
    if (fresh !== null) this.board.freshen(fresh.now);
    this.renewal.tick(["live", "never", "dead", "quiet"].includes(status.kind));
    const notes = [
      ...(this.sound.blocked ? [this.speech.texts.say("sound.blocked")] : []),
      ...(this.renewal.held ? [this.speech.texts.say("page.renewed")] : []),
    ];
    write(this.note, notes.join(" "));
    show(this.note, notes.length > 0);
  }

  /** Somebody turned a page: what they look at stays a while. */
  private byHand(action: () => void): void {
    this.rotation.hold();
    action();
  }

  private pause(): void {
    this.rotation.toggle();
    choices.paused = this.rotation.paused ? this.board.index : null;
  }

  private change(action: () => void): void {
    action();
    this.paged();
  }

  private spoken(): void {
    document.documentElement.lang = this.speech.texts.language;
    this.paged();
  }

  private paged(): void {
    const { board, layout } = this;
    if (layout !== null && this.rotation.paused) choices.paused = board.index;
    const pages = board.screens.map(({ title }) => title);
    this.header.name(layout?.title ?? "Deskpulse", pages[board.index] ?? "");
    this.rotation.among(pages.length);
    this.controls.update(
      {
        pages,
        page: board.index,
        turning: this.rotation.turning,
        paused: this.rotation.paused,
        sound: this.sound.on,
        theme: this.theme.theme,
      },
      this.speech,
    );
    this.draw();
  }
}


/** Return what is wished for, the dearest first: the address speaks for one screen, the layout for the board. */
function wishes(layout: string | null): Wished {
  return [new URLSearchParams(location.search).get("lang"), layout, ...navigator.languages];
}

async function fullScreen(): Promise<void> {
  if (document.fullscreenElement !== null) await document.exitFullscreen();
  else if (document.fullscreenEnabled) await document.documentElement.requestFullscreen();
}

function swipes(node: HTMLElement, turn: (by: number) => void): void {
  let from: number | null = null;
  node.addEventListener("touchstart", (event) => (from = event.touches[0]?.clientX ?? null), { passive: true });
  node.addEventListener("touchend", (event) => {
    const by = (event.changedTouches[0]?.clientX ?? 0) - (from ?? Number.NaN);
    if (Math.abs(by) > 50) turn(by < 0 ? 1 : -1);
    from = null;
  });
}

void awaitSpeech(wishes(null)).then((speech) => new Wallboard(speech).start());
