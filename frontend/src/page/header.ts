// The line above the board: whose it is, whether its numbers are of now, and what time it is for the worker.

import type { Desk } from "../pure/contract";
import type { Freshness } from "../pure/freshness";
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
  private readonly clock = element("time", "clock");
  private readonly bannerIcon = icon("warn");
  private readonly bannerText = element("strong", "banner-text");
  private readonly bannerMore = element("span", "banner-more");
  private announced = "";

  constructor() {
    this.announcer.setAttribute("role", "status");
    this.announcer.setAttribute("aria-live", "polite");
    this.breaches.append(icon("bad"), this.breachText);
    this.state.append(this.stateIcon, this.stateText);
    const names = element("div", "names", this.title, this.page);
    const facts = element("div", "now", this.breaches, this.state, this.clock);
    this.root = element("header", "top", names, facts);
    this.banner = element("div", "banner", this.bannerIcon, element("p", "", this.bannerText, this.bannerMore));
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
    show(this.breaches, now > 0);
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
    const said = sentence(status, desk, fresh, speech);
    show(this.banner, said !== "");
    this.banner.dataset["state"] = status.kind;
    draw(this.bannerIcon, PICTURES[status.kind]);
    write(this.bannerText, said);
    const cause = causeOf(status, desk, problem, speech);
    const ago = status.kind === "stale" && fresh?.ageSeconds != null ? formats.ago(fresh.ageSeconds) : "";
    write(this.bannerMore, [ago, cause].filter((text) => text !== "").join(" · "));
    this.announce(status.kind === "live" ? "live" : `${status.kind}/${said}`, () =>
      status.kind === "live" ? texts.say("state.live_again") : [said, cause].filter((text) => text !== "").join(". "),
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

function sentence(status: Status, desk: Desk | null, fresh: Freshness | null, { texts, formats }: Speech): string {
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
    case "partial":
      return texts.say("state.partial", { missing: desk?.missing.length ?? 0, partitions: desk?.partitions ?? 0 });
    case "catching_up":
      return desk?.lag_records == null
        ? texts.say("state.catching_up_unknown")
        : texts.say("state.catching_up", { lag: formats.count(desk.lag_records) });
  }
}

function causeOf(status: Status, desk: Desk | null, problem: Problem | null, { texts }: Speech): string {
  const speaks = status.cause === null || status.cause === "old";
  if (desk?.state === "starting" && desk.phase && speaks) return texts.say("state.phase", { phase: desk.phase });
  if (problem?.kind === "refused") return texts.say("state.refused", { reason: problem.reason });
  return status.cause === null ? "" : texts.say(`state.${status.cause}`);
}
