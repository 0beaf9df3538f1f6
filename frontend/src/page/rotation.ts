// Turns the pages of a board by itself.

const HOLD_MILLISECONDS = 60_000;

export class Rotation {
  paused = false;
  private seconds = 0;
  private pages = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly next: () => void) {}

  /** Whether there is something to turn. */
  get turning(): boolean {
    return this.pages > 1 && this.seconds > 0;
  }

  /** Turn after so many seconds each time; 0 is never. */
  every(seconds: number): void {
    if (seconds === this.seconds) return;
    this.seconds = seconds;
    this.plan();
  }

  among(pages: number): void {
    if (pages === this.pages) return;
    this.pages = pages;
    this.plan();
  }

  toggle(): void {
    this.paused = !this.paused;
    this.plan();
  }

  /** Leave the page that somebody chose for a while. */
  hold(): void {
    this.plan(HOLD_MILLISECONDS);
  }

  private plan(least = 0): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (!this.turning || this.paused) return;
    this.timer = setTimeout(
      () => {
        this.next();
        this.plan();
      },
      Math.max(this.seconds * 1000, least),
    );
  }
}
