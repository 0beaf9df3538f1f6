// A short double tone for a new breach, made here: no file, nothing to load.

const LEAST_MILLISECONDS = 10_000;
const NOTES = [
  { hertz: 784, at: 0 },
  { hertz: 587, at: 0.22 },
] as const;

export class Sound {
  on = false;
  private context: AudioContext | null = null;
  private playedAt = -Infinity;

  /** Whether it is on, but the browser waits for somebody to touch the page. */
  get blocked(): boolean {
    return this.on && this.context !== null && this.context.state !== "running";
  }

  turn(on: boolean): void {
    this.on = on;
    if (on) void this.allow();
  }

  /** Ask the browser for leave; it is given only while it handles a key or a touch. */
  async allow(): Promise<void> {
    if (!this.on) return;
    this.context ??= new AudioContext();
    if (this.context.state !== "running") await this.context.resume();
  }

  /** Play, unless it did so a moment ago. */
  play(): void {
    const context = this.context;
    if (!this.on || context === null || context.state !== "running") return;
    if (performance.now() - this.playedAt < LEAST_MILLISECONDS) return;
    this.playedAt = performance.now();
    for (const { hertz, at } of NOTES) {
      const tone = context.createOscillator();
      const volume = context.createGain();
      const start = context.currentTime + at;
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(0.25, start + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.5);
      tone.connect(volume).connect(context.destination);
      tone.start(start);
      tone.stop(start + 0.55);
    }
  }
}
