// The live page: asks for the snapshot once a second and shows it. Old numbers are never shown as if they were new.

import { LivePage, part } from "./live/show";
import type { Snapshot } from "./live/snapshot";
import { behind, clockWrong } from "./page/header";
import { choices } from "./page/choices";
import { element, show, write } from "./page/dom";
import { Gate } from "./page/gate";
import { Hint } from "./page/hint";
import { Renewal } from "./page/renewal";
import { awaitSpeech, type Speech } from "./page/speech";
import { takeToken } from "./page/token";
import type { Currency } from "./pure/contract";
import { eventAge, instant, isFed, isOld, STALE_SECONDS } from "./pure/freshness";
import type { Problem } from "./pure/status";

const POLL_MILLISECONDS = 1_000;
const ANSWER_MILLISECONDS = 4_000;
const LOOK_MILLISECONDS = 60_000;

class Refused extends Error {
  constructor(
    text: string,
    readonly problem: Problem | null,
  ) {
    super(text);
  }
}

class Live {
  private readonly token = takeToken();
  private readonly page: LivePage;
  private readonly select = element("select");
  private readonly gate = new Gate(this.token, () => void this.poll());
  private readonly hint = new Hint();
  private readonly renewal = new Renewal("live");
  private currency: Currency = {};
  private asOf: number | null = null;
  private old = false;
  private receivedAt = 0;
  private said: string | null = null;
  private closed: Problem | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lookedAt = -Infinity;

  constructor(private readonly speech: Speech) {
    this.page = new LivePage(speech);
  }

  start(): void {
    const { texts } = this.speech;
    document.documentElement.lang = texts.language;
    for (const node of document.querySelectorAll<HTMLElement>("[data-say]")) node.textContent = texts.say(node.dataset["say"] ?? "");
    this.select.id = "window";
    part("window").replaceWith(this.select);
    part("board").after(this.gate.root);
    part("board").before(this.hint.root);
    this.select.addEventListener("change", () => {
      choices.window = this.select.value;
      part("board").setAttribute("aria-busy", "true");
    });
    setInterval(() => this.freshness(), POLL_MILLISECONDS);
    void this.poll();
  }

  private async poll(): Promise<void> {
    clearTimeout(this.timer);
    let pause = POLL_MILLISECONDS;
    try {
      const [snapshot, sentAt] = await this.ask();
      this.said = this.closed = null;
      this.look();
      if (this.select.options.length === 0) {
        this.offer(Object.keys(snapshot.windows));
        pause = 0;
      } else {
        this.asOf = instant(snapshot.as_of);
        // The header has the worker's own clock, the numbers go by the broker's.
        const ahead = (snapshot.desk?.clock_wrong?.offset_seconds ?? 0) * 1000;
        const broker = sentAt === null ? null : sentAt - ahead;
        this.old = this.asOf !== null && isOld(this.asOf, snapshot.desk?.stale_after_seconds, broker);
        this.receivedAt = performance.now();
        this.page.show(snapshot, this.select.value);
        this.desk(snapshot);
        part("board").setAttribute("aria-busy", "false");
      }
    } catch (error) {
      this.closed = error instanceof Refused ? error.problem : null;
      this.said = error instanceof Refused ? error.message : this.speech.texts.say("live.no_answer");
      this.lookedAt = -Infinity; // who answers next may be another worker
    }
    this.freshness();
    this.timer = setTimeout(() => void this.poll(), pause);
  }

  /** Return the numbers, and what time it was for the worker: null if something in between does not pass that on. */
  private async ask(): Promise<[Snapshot, number | null]> {
    const query = new URLSearchParams({ window: this.select.value || "all" });
    const signal = AbortSignal.timeout(ANSWER_MILLISECONDS);
    const answer = await fetch(`/api/v1/live?${query.toString()}`, { headers: this.token.headers(), signal });
    if (answer.ok) return [(await answer.json()) as Snapshot, instant(answer.headers.get("Date"))];
    const { error } = (await answer.json()) as { error: string };
    const kind = answer.status === 403 ? "token_role" : this.token.token === null ? "token_needed" : "token_wrong";
    throw new Refused(error, answer.status === 401 || answer.status === 403 ? { kind } : null);
  }

  /** Ask now and then, and whenever the worker was away, which page it serves. */
  private look(): void {
    if (performance.now() - this.lookedAt < LOOK_MILLISECONDS) return;
    this.lookedAt = performance.now();
    void this.renewal.ask();
  }

  private offer(windows: readonly string[]): void {
    const { texts, formats } = this.speech;
    const { window } = choices;
    const first = window !== null && windows.includes(window) ? window : "1h";
    for (const name of windows) {
      this.select.add(new Option(formats.span(name) ?? texts.sayOr(`window.${name}`, name), name, name === first, name === first));
    }
  }

  /** Say whether the numbers are those of the whole desk. */
  private desk({ desk }: Snapshot): void {
    const missing = desk?.missing.length ?? 0;
    const counts = { missing, partitions: desk?.partitions ?? 0 };
    write(part("missing"), missing > 0 ? this.speech.texts.say("state.partial", counts) : "");
    show(part("missing"), missing > 0);
    this.currency = desk ?? {};
  }

  private freshness(): void {
    const { texts, formats } = this.speech;
    // An answer is of the moment it came: by this device's own clock only how long ago that is, can be said.
    const age = this.asOf === null ? null : (performance.now() - this.receivedAt) / 1000;
    const stale = this.said !== null || this.old || age === null || age > STALE_SECONDS;
    const status = part("freshness");
    const { feed } = this.currency;
    status.classList.toggle("stale", (stale || !isFed(this.currency) || this.currency.clock_wrong != null) && this.asOf !== null);
    part("board").classList.toggle("stale", stale || feed === "dead");
    this.hint.update(!stale && this.closed === null ? (this.currency.send_to ?? null) : null, this.speech);
    show(part("board"), this.closed === null);
    show(this.gate.root, this.closed !== null);
    this.gate.update(this.closed, "", this.speech);
    this.renewal.tick(!stale);
    if (this.asOf === null) return write(status, this.said ?? texts.say("live.connecting"));
    const time = formats.moment(this.asOf, this.asOf);
    const said = this.said ?? (this.old ? texts.say("state.old") : null);
    const why = said === null ? "" : `: ${said}`;
    write(status, stale ? texts.say("live.stale", { time }) + why : this.fed(this.asOf + age * 1000, time));
  }

  /** Say of when the numbers are, and how long ago the newest event was; "live" only if events arrive. */
  private fed(now: number, time: string): string {
    const { texts, formats } = this.speech;
    const { feed } = this.currency;
    const seconds = eventAge(this.currency, now);
    const age = seconds === null ? "" : formats.age(seconds);
    const newest = seconds === null ? [] : [texts.say("event.newest", { age })];
    const wrong = clockWrong(this.currency, this.speech);
    if (wrong !== "") newest.push(wrong);
    switch (feed) {
      case "never":
        return texts.say("state.never");
      case "dead":
        return [texts.say("state.dead", { age }), texts.say("state.dead_cause")].join(" · ");
      case "behind":
        return [behind(this.currency, this.speech), ...newest].join(" · ");
      case "quiet":
        return [texts.say("state.quiet_short"), texts.say("tile.as_of", { time }), ...newest].join(" · ");
      default:
        return [texts.say("live.as_of", { time }), ...newest].join(" · ");
    }
  }
}

void awaitSpeech([new URLSearchParams(location.search).get("lang"), ...navigator.languages]).then((speech) =>
  new Live(speech).start(),
);
