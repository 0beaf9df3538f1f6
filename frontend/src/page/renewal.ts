// Loads a page anew once the worker serves another one: a television is not touched for weeks, workers are upgraded.

import { readRenewed, renewal } from "../pure/renewal";

/** The version of this very file; `build.mjs` puts it in. */
declare const PAGE_VERSION: string;

const KEY = "deskpulse.renewed";
const VERSION_FILE = "/page/version.txt";
// Until the numbers are live again nobody needs to see an empty board. If that takes long, this page may be the reason.
const PATIENCE_MILLISECONDS = 60_000;
const LOOK_AGAIN_MILLISECONDS = 60_000;

export class Renewal {
  /** Whether it waits for somebody to leave the full screen, into which no page comes back by itself. */
  held = false;
  private served: string | null = null;
  private dueAt = Infinity;
  private readonly script: string;
  private readonly key: string;

  /** Of which page, by the name of its script. In one tab each page remembers its own reload. */
  constructor(page: "wallboard" | "live") {
    this.script = `/page/${page}.js`;
    this.key = `${KEY}.${page}`;
  }

  /** Ask the worker which page it serves, where no stream says so. */
  async ask(): Promise<void> {
    try {
      const answer = await fetch(VERSION_FILE, { cache: "no-cache" });
      if (answer.ok) this.heard((await answer.text()).trim());
    } catch {
      // The worker is away, which the page says; it is asked again.
    }
  }

  /** The worker said which page it serves. */
  heard(served: string): void {
    const wait = renewal(PAGE_VERSION, served, readRenewed(sessionStorage.getItem(this.key)), Date.now());
    this.served = served;
    this.dueAt = wait === null ? Infinity : performance.now() + wait;
    this.held = false;
  }

  tick(live: boolean): void {
    const { served } = this;
    if (served === null || performance.now() < this.dueAt + (live ? 0 : PATIENCE_MILLISECONDS)) return;
    this.held = document.fullscreenElement !== null;
    if (this.held) return;
    this.dueAt = performance.now() + LOOK_AGAIN_MILLISECONDS;
    void this.renew(served);
  }

  private async renew(served: string): Promise<void> {
    if (!(await this.isServed(served))) return;
    sessionStorage.setItem(this.key, JSON.stringify({ version: served, at: Date.now() }));
    location.reload();
  }

  /** Look first: a page of an error of something in between would stay, as nobody is there to load it again. */
  private async isServed(version: string): Promise<boolean> {
    try {
      const [page, script] = await Promise.all([location.href, this.script].map((at) => fetch(at, { cache: "reload" })));
      return page?.ok === true && script?.ok === true && (await script.text()).includes(version);
    } catch {
      return false; // the worker is away again; there is another look
    }
  }
}
