// The line above the board: whose it is, whether its numbers are of now, and what time it is for the worker.

import type { Currency, Desk } from "../pure/contract";
import { eventAge, type Freshness } from "../pure/freshness";
import type { Problem, Status } from "../pure/status";
import { element, show, write } from "./dom";
import { draw, icon, type IconName } from "./icons";
import type { Speech } from "./speech";

const PICTURES: Record<Status["kind"], IconName> = {
  connecting: "clock",
  closed: "bad",
  starting: "clock",
  stale: "warn",
  catching_up: "clock",
  partial: "warn",
  never: "clock",
  dead: "warn",
  quiet: "clock",
  clock: "warn",
  live: "good",
};

export class Header {
  readonly root: HTMLElement;
  readonly banner: HTMLElement;
  /** Heard by screen readers, and only when something changes. */
  readonly announcer = element("p", "unseen");
  private readonly title = element("h1", "board-title");
  private readonly page = element("span", "page-title");
  private readonly breaches = element("span", "pill breaches");
  private readonly breachText = element("span");
  private readonly state = element("span", "pill state");
  private readonly stateIcon = icon("clock");
  private readonly stateText = element("span");
  private readonly newest = element("span", "newest");
  private readonly clock = element("time", "clock");
  private readonly bannerIcon = icon("warn");
  private readonly bannerText = element("strong", "banner-text");
  private readonly bannerMore = element("span", "banner-more");
  private announced = "";
  private breachedNow = 0;

  constructor() {
    this.announcer.setAttribute("role", "status");
    this.announcer.setAttribute("aria-live", "polite");
    this.breaches.append(icon("bad"), this.breachText);
    this.state.append(this.stateIcon, this.stateText);
    const names = element("div", "names", this.title, this.page);
    const facts = element("div", "now", this.breaches, this.state, this.newest, this.clock);
    this.root = element("header", "top", names, facts);
    this.banner = element("aside", "banner", this.bannerIcon, element("p", "", this.bannerText, this.bannerMore));
    show(this.banner, false);
    show(this.breaches, false);
  }

  name(title: string, page: string): void {
    write(this.title, title);
    write(this.page, page);
    document.title = title;
  }

  breached(now: number, speech: Speech): void {
    write(this.breachText, speech.texts.say("breach.now", { n: speech.formats.count(now) }));
    this.breachedNow = now;
  }

  /** Show the state; what is not well stands in a banner, with since when and why. */
  update(status: Status, desk: Desk | null, fresh: Freshness | null, problem: Problem | null, speech: Speech): void {
    const { texts, formats } = speech;
    const short = status.kind === "live" || status.kind === "connecting" ? status.kind : `${status.kind}_short`;
    this.root.dataset["state"] = status.kind;
    draw(this.stateIcon, PICTURES[status.kind]);
    write(this.stateText, status.kind === "closed" ? texts.say("state.none_yet") : texts.say(`state.${short}`));
    write(this.clock, fresh === null ? "" : formats.time(fresh.now));
    show(this.clock, fresh !== null && !fresh.stale);
    const age = fresh === null || fresh.stale ? null : eventAge(desk, fresh.now);
    write(this.newest, age === null ? "" : texts.say("event.newest", { age: formats.age(age) }));
    show(this.newest, age !== null);
    show(this.breaches, this.breachedNow > 0 && status.kind !== "dead" && status.kind !== "never");
    const said = sentence(status, desk, fresh, speech);
    show(this.banner, said !== "");
    this.banner.dataset["state"] = status.kind;
    draw(this.bannerIcon, PICTURES[status.kind]);
    write(this.bannerText, said);
    const cause = causeOf(status, desk, problem, speech);
    const ago = status.kind === "stale" && fresh?.ageSeconds != null ? formats.ago(fresh.ageSeconds) : "";
    write(this.bannerMore, [ago, cause].filter((text) => text !== "").join(" · "));
    // How long ago the last event was changes all the time: that is not news.
    const steady = status.kind === "dead" || status.kind === "quiet" || status.kind === "clock" || status.kind === "catching_up";
    this.announce(status.kind === "live" ? "live" : `${status.kind}/${steady ? "" : said}`, () =>
      status.kind === "quiet" ? texts.say("state.quiet_short") : status.kind === "live" ? texts.say("state.live_again") : [said, cause].filter((text) => text !== "").join(". "),
    );
  }

  /** Say something once. */
  say(text: string): void {
    this.announcer.textContent = text;
  }

  private announce(what: string, text: () => string): void {
    if (what === this.announced || what === "connecting/") return;
    const first = this.announced === "" && what === "live";
    this.announced = what;
    if (!first) this.say(text());
  }
}

function sentence(status: Status, desk: Desk | null, fresh: Freshness | null, speech: Speech): string {
  const { texts, formats } = speech;
  switch (status.kind) {
    case "live":
    case "closed":
      return "";
    case "connecting":
      return status.cause === null ? "" : texts.say("state.none_yet");
    case "starting":
      return texts.say("state.starting");
    case "stale":
      return fresh?.since == null
        ? texts.say("state.none_yet")
        : texts.say("state.stale", { time: formats.moment(fresh.since, fresh.now) });
    case "quiet":
      return "";
    case "never":
      return texts.say("state.never");
    case "dead":
      return texts.say("state.dead", { age: formats.age(eventAge(desk, fresh?.now ?? 0) ?? 0) });
    case "clock":
      return clockWrong(desk ?? {}, speech);
    case "partial":
      return texts.say("state.partial", { missing: desk?.missing.length ?? 0, partitions: desk?.partitions ?? 0 });
    case "catching_up":
      return behind(desk ?? {}, speech);
  }
}

/** Say how far behind the numbers are. */
export function behind({ catching_up: far }: Currency , { texts, formats }: Speech): string {
  if (far == null) return texts.say("state.catching_up_unknown");
  return texts.say("state.catching_up", { lag: formats.count(far.records), age: formats.age(far.seconds) });
}

/** Say by how much the clock of the worker is wrong; nothing if it is right. */
export function clockWrong({ clock_wrong: wrong }: Currency, { texts, formats }: Speech): string {
  if (wrong == null) return "";
  const offset = wrong.offset_seconds;
  if (offset === null) return texts.say("state.clock_refused");
  return texts.say(offset > 0 ? "state.clock_fast" : "state.clock_slow", { age: formats.age(Math.abs(offset)) });
}

function causeOf(status: Status, desk: Desk | null, problem: Problem | null, speech: Speech): string {
  const { texts } = speech;
  if (status.kind === "dead") return texts.say("state.dead_cause");
  if (status.kind === "clock") return texts.say("state.clock_cause");
  if (status.kind === "starting" && desk?.clock_wrong != null) return clockWrong(desk, speech);
  const speaks = status.cause === null || status.cause === "old";
  if (desk?.state === "starting" && desk.phase && speaks) return texts.say("state.phase", { phase: desk.phase });
  if (problem?.kind === "refused") return texts.say("state.refused", { reason: problem.reason });
  return status.cause === null ? "" : texts.say(`state.${status.cause}`);
}
