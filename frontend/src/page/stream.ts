// Listens to a board's stream and goes on listening: whatever breaks, it connects again by itself.

import { backoff } from "../pure/backoff";
import { EventReader, type StreamEvent } from "../pure/sse";
import type { Problem } from "../pure/status";
import type { TokenKeeper } from "../pure/token";

// A stream speaks each second. One that does not may be of a worker that was stopped without closing its connections.
const SILENCE_MILLISECONDS = 10_000;
// What only a person can fix is tried again seldom.
const CLOSED_MILLISECONDS = 15_000;

export interface Listener {
  event(event: StreamEvent): void;
  connected(): void;
  problem(problem: Problem): void;
}

class Closed extends Error {
  constructor(readonly problem: Problem) {
    super(problem.kind);
  }
}

export class BoardStream {
  private failures = 0;
  private retryMilliseconds: number | null = null;
  private wake: (() => void) | null = null;
  private current: AbortController | null = null;

  constructor(
    private readonly board: string,
    private readonly token: TokenKeeper,
    private readonly listener: Listener,
  ) {}

  /** Listen for ever. */
  async run(): Promise<never> {
    for (;;) {
      let pause: number;
      try {
        await this.listen();
        this.listener.problem({ kind: "unreachable" });
        pause = backoff(this.failures, Math.random(), this.retryMilliseconds);
      } catch (error) {
        const problem: Problem = error instanceof Closed ? error.problem : { kind: "unreachable" };
        this.listener.problem(problem);
        const passing = problem.kind === "unreachable" || problem.kind === "refused";
        pause = passing ? backoff(this.failures, Math.random(), this.retryMilliseconds) : CLOSED_MILLISECONDS;
      }
      this.failures += 1;
      await this.sleep(pause);
    }
  }

  /** Try again now: there is another token, or the network is back. */
  again(): void {
    this.failures = 0;
    this.current?.abort();
    this.wake?.();
  }

  private async listen(): Promise<void> {
    const control = new AbortController();
    this.current = control;
    let watch = setTimeout(() => control.abort(), SILENCE_MILLISECONDS);
    try {
      const path = `/api/v1/boards/${encodeURIComponent(this.board)}/stream`;
      const answer = await fetch(path, { headers: this.token.headers(), signal: control.signal, cache: "no-store" });
      if (!answer.ok || answer.body === null) throw new Closed(await this.refusal(answer));
      this.listener.connected();
      const reader = new EventReader();
      const pieces = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await pieces.read();
        if (done) return;
        clearTimeout(watch);
        watch = setTimeout(() => control.abort(), SILENCE_MILLISECONDS);
        for (const event of reader.push(value)) {
          this.failures = 0;
          this.listener.event(event);
        }
        this.retryMilliseconds = reader.retryMilliseconds;
      }
    } finally {
      clearTimeout(watch);
      control.abort();
    }
  }

  private async refusal(answer: Response): Promise<Problem> {
    if (answer.status === 401) return { kind: this.token.token === null ? "token_needed" : "token_wrong" };
    if (answer.status === 403) return { kind: "token_role" };
    if (answer.status === 404) return { kind: "unknown_board", known: await this.boards() };
    return { kind: "refused", reason: await reason(answer) };
  }

  private async boards(): Promise<string[]> {
    const answer = await fetch("/api/v1/boards", { headers: this.token.headers(), cache: "no-store" });
    if (!answer.ok) return [];
    const { boards } = (await answer.json()) as { boards: { name: string }[] };
    return boards.map(({ name }) => name);
  }

  private async sleep(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, milliseconds);
    });
    this.wake = null;
  }
}

/** Return what the worker said of why it refused. */
async function reason(answer: Response): Promise<string> {
  const text = await answer.text();
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === "string") return error;
  } catch {
    // Something between this page and the worker may answer in its own words, of which the status is enough.
  }
  return `HTTP ${answer.status}`;
}
