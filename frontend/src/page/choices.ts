// What somebody chose by hand stays chosen in this tab when the page is loaded anew, by them or by itself.

const SOUND = "deskpulse.sound";
const PAUSED = "deskpulse.paused";
const WINDOW = "deskpulse.window";

export const choices = {
  /** Whether the sound was turned on or off; null if nobody did. */
  get sound(): boolean | null {
    const kept = sessionStorage.getItem(SOUND);
    return kept === null ? null : kept === "on";
  },
  set sound(on: boolean) {
    sessionStorage.setItem(SOUND, on ? "on" : "off");
  },
  /** The page at which turning was paused; null if it was not. */
  get paused(): number | null {
    const kept = Number.parseInt(sessionStorage.getItem(PAUSED) ?? "", 10);
    return Number.isNaN(kept) ? null : kept;
  },
  set paused(page: number | null) {
    if (page === null) sessionStorage.removeItem(PAUSED);
    else sessionStorage.setItem(PAUSED, String(page));
  },
  /** The window that the live page shows; null if nobody chose one. */
  get window(): string | null {
    return sessionStorage.getItem(WINDOW);
  },
  set window(name: string) {
    sessionStorage.setItem(WINDOW, name);
  },
};
