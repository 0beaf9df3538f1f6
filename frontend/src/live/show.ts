// Fills the live page in from a snapshot. Never 0 for "no data".

import { element, show } from "../page/dom";
import type { Speech } from "../page/speech";
import type { Feed, Unit } from "../pure/contract";
import { instant } from "../pure/freshness";
import type { Backlog, Labels, Promoters, Responses, Snapshot, Waits } from "./snapshot";

/** Return the element of the page with this id. */
export function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

const plain = ({ labels }: { labels: Labels }): boolean => Object.keys(labels).length === 0;

/** Feeds of which no event tells what has changed. */
const SILENT = new Set<string>(["never", "dead", "quiet"]);

export class LivePage {
  private feed: Feed | null = null;

  constructor(private readonly speech: Speech) {}

  show(snapshot: Snapshot, window: string): void {
    this.feed = snapshot.desk?.feed ?? null;
    const dimension = snapshot.variants.labels[0] ?? "";
    const { first_response: answers, nps } = snapshot;
    const responses = (answers ?? []).filter((row) => row.window === window && row.attribute_to === "response");
    const scores = (nps ?? []).filter((row) => row.window === window && row.attribute_to === "answered");
    const backlog = snapshot.backlog.find(plain);
    this.waits("wait", snapshot.open_wait.find(plain));
    this.waits("reply", snapshot.reply_wait.find(plain));
    if (answers) this.responses(responses.find(plain));
    else this.switchedOff("frt-p50", "frt-sub");
    this.backlog(backlog);
    if (nps) this.promoters(scores.find(plain), snapshot.variants.nps_min_n);
    else this.switchedOff("nps-score", "nps-sub");
    this.ages(backlog?.ages ?? {}, backlog?.n ?? 0);
    this.table(dimension, snapshot, responses, scores);
    this.foot(snapshot, window);
  }

  private waits(id: string, row: Waits | undefined): void {
    const { texts } = this.speech;
    this.big(`${id}-n`, this.known(row?.n), "count");
    const longest = { longest: this.seconds(row?.oldest_seconds), p95: this.seconds(row?.p95_seconds) };
    part(`${id}-sub`).textContent = row?.n ? texts.say("live.longest", longest) : this.told(texts.say("live.nobody"));
  }

  private responses(row: Responses | undefined): void {
    const { texts } = this.speech;
    this.big("frt-p50", row?.p50_seconds, "seconds");
    const values = {
      n: this.count(row?.n ?? 0),
      mean: this.seconds(row?.mean_seconds),
      p90: this.seconds(row?.p90_seconds),
      p95: this.seconds(row?.p95_seconds),
      p99: this.seconds(row?.p99_seconds),
    };
    const said = row === undefined ? "live.surveys_only" : row.n > 0 ? "live.frt_sub" : "live.frt_none";
    part("frt-sub").textContent = said === "live.frt_sub" ? texts.say(said, values) : this.told(texts.say(said));
  }

  private backlog(row: Backlog | undefined): void {
    this.big("backlog-n", this.known(row?.n), "count");
    const values = {
      unanswered: this.count(row?.unanswered ?? 0),
      reply_waiting: this.count(row?.reply_waiting ?? 0),
      answered: this.count(row?.answered ?? 0),
      pending: this.count(row?.pending ?? 0),
    };
    part("backlog-sub").textContent = row === undefined ? "" : this.told(this.speech.texts.say("live.backlog_sub", values));
  }

  private promoters(row: Promoters | undefined, least: number): void {
    const { texts } = this.speech;
    const n = this.count(row?.n ?? 0);
    this.big("nps-score", row?.score, "score");
    part("nps-sub").textContent =
      row?.score == null
        ? this.told(texts.say("live.nps_few", { n, least }))
        : texts.say("live.nps_sub", {
            n,
            low: this.signed(row.low),
            high: this.signed(row.high),
            promoters: this.count(row.promoters),
            passives: this.count(row.passives),
            detractors: this.count(row.detractors),
          });
  }

  private ages(ages: Record<string, number>, total: number): void {
    const { texts, formats } = this.speech;
    const cells = Object.entries(ages).flatMap(([name, count]) => {
      const age = formats.span(name) ?? name;
      const bar = element("progress");
      bar.max = Math.max(total, 1);
      bar.value = count;
      bar.setAttribute("aria-label", texts.say("live.age_name", { age }));
      return [element("span", "", age), bar, element("span", "", this.count(count))];
    });
    const none = element("p", "none", texts.say("why.no_event"));
    part("ages").replaceChildren(...(this.feed === "never" ? [none] : cells));
  }

  private table(dimension: string, snapshot: Snapshot, responses: Responses[], scores: Promoters[]): void {
    const { texts } = this.speech;
    part("t-by").textContent = texts.sayOr(`dimension.${dimension}`, texts.say("dimension.other", { dimension }));
    part("dimension").textContent = dimension;
    const waits = single(snapshot.open_wait, dimension);
    const replies = single(snapshot.reply_wait, dimension);
    const answered = single(responses, dimension);
    const scored = single(scores, dimension);
    const backlogs = single(snapshot.backlog, dimension);
    const values = [...new Set([...backlogs.keys(), ...answered.keys(), ...scored.keys()])].sort();
    const rows = values.map((value) => {
      const [wait, reply] = [waits.get(value), replies.get(value)];
      const [response, score] = [answered.get(value), scored.get(value)];
      const head = element("th", "", value);
      head.scope = "row";
      const cells = [
        this.count(wait?.n ?? 0),
        this.seconds(wait?.oldest_seconds),
        this.count(reply?.n ?? 0),
        this.seconds(reply?.oldest_seconds),
        snapshot.first_response ? this.count(response?.n ?? 0) : "–",
        this.seconds(response?.p50_seconds),
        this.seconds(response?.p90_seconds),
        this.count(backlogs.get(value)?.n ?? 0),
        score?.score == null ? "–" : `${this.signed(score.score)} (n ${this.count(score.n)})`,
      ];
      return element("tr", "", head, ...cells.map((cell) => element("td", "", cell)));
    });
    part("rows").replaceChildren(...rows);
    show(part("by"), this.feed !== "never");
  }

  private foot(snapshot: Snapshot, window: string): void {
    const { texts } = this.speech;
    const { variants } = snapshot;
    const bounds = snapshot.windows[window];
    const span = bounds?.start
      ? texts.say("live.window_span", { start: this.moment(bounds.start), end: this.moment(bounds.end) })
      : texts.say("live.all_time");
    const final = snapshot.final_until
      ? texts.say("live.final", { time: this.moment(snapshot.final_until) })
      : texts.say("live.no_event");
    const { responder, agent_opened, today } = variants;
    const partitions = snapshot.partitions.join(", ");
    part("foot").textContent = texts.say("live.foot", { partitions, window: span, final, responder, agent_opened, today });
  }

  private switchedOff(id: string, sub: string): void {
    part(id).replaceChildren(element("span", "", this.speech.texts.say("why.switched_off")));
    part(id).classList.add("none");
    part(sub).textContent = "";
  }

  private big(id: string, value: number | null | undefined, unit: Unit): void {
    const none = value === null || value === undefined;
    const { texts, formats } = this.speech;
    const why = this.feed === "never" ? "why.no_event" : "why.no_data";
    const pieces = none ? [{ text: texts.say(why), small: false }] : formats.pieces(value, unit);
    part(id).replaceChildren(...pieces.map(({ text, small }) => element("span", small ? "small" : "", text)));
    part(id).classList.toggle("none", none);
  }

  /** Before the first event nothing is 0: nobody knows. */
  private known(value: number | undefined): number | undefined {
    return this.feed === "never" ? undefined : value;
  }

  /** Say something only if events could tell otherwise. */
  private told(text: string): string {
    return this.feed !== null && SILENT.has(this.feed) ? "" : text;
  }

  private count(value: number): string {
    return this.speech.formats.count(value);
  }

  private seconds(value: number | null | undefined): string {
    return value == null ? "–" : this.speech.formats.text(value, "seconds", "narrow");
  }

  private signed(value: number | null): string {
    return value === null ? "–" : this.speech.formats.text(value, "score");
  }

  private moment(text: string | null): string {
    const at = instant(text);
    return at === null ? "–" : this.speech.formats.moment(at, Date.now());
  }
}

/** Return the rows of the single dimension, by its value. */
function single<Row extends { labels: Labels }>(rows: readonly Row[], dimension: string): Map<string, Row> {
  const found = rows.filter(({ labels }) => Object.keys(labels).length === 1 && dimension in labels);
  return new Map(found.map((row) => [row.labels[dimension] ?? "", row]));
}
