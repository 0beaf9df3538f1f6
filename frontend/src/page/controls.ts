// The line below the board: the pages as dots, and what can be switched, by pointer, touch or key.

import { element, show } from "./dom";
import { draw, icon, type IconName } from "./icons";
import type { Speech } from "./speech";

export interface Actions {
  page(index: number): void;
  turn(by: number): void;
  pause(): void;
  sound(): void;
  theme(): void;
  full(): void;
}

export interface Switches {
  pages: readonly string[];
  page: number;
  turning: boolean;
  paused: boolean;
  sound: boolean;
  theme: "dark" | "light" | "auto";
}

export class Controls {
  readonly root = element("footer", "bottom");
  private readonly dots = element("nav", "dots");
  private readonly pause: Button;
  private readonly sound: Button;
  private readonly theme: Button;
  private readonly full: Button;
  private readonly paused = element("span", "paused");
  private readonly details = element("a", "control");
  private readonly bar: HTMLElement;

  constructor(private readonly actions: Actions) {
    this.pause = new Button("pause", () => actions.pause());
    this.sound = new Button("mute", () => actions.sound());
    this.theme = new Button("theme", () => actions.theme());
    this.full = new Button("full", () => actions.full());
    this.details.href = "/";
    this.details.append(icon("details"));
    const buttons = [this.pause, this.sound, this.theme, this.full].map(({ root }) => root);
    this.bar = element("div", "controls", this.paused, ...buttons, this.details);
    this.bar.setAttribute("role", "group");
    this.root.append(this.dots, this.bar);
    addEventListener("keydown", (event) => this.key(event));
  }

  update(state: Switches, { texts }: Speech): void {
    const count = state.pages.length;
    this.dots.setAttribute("aria-label", texts.say("control.pages"));
    this.bar.setAttribute("aria-label", texts.say("control.bar"));
    this.layDots(count);
    for (const [index, dot] of [...this.dots.children].entries()) {
      const title = state.pages[index] ?? "";
      dot.setAttribute("aria-label", texts.say("control.page", { page: index + 1, pages: count, title }));
      if (index === state.page) dot.setAttribute("aria-current", "page");
      else dot.removeAttribute("aria-current");
    }
    show(this.pause.root, count > 1 && state.turning);
    this.pause.set(state.paused ? "play" : "pause", texts.say(state.paused ? "control.play" : "control.pause"));
    this.sound.set(state.sound ? "sound" : "mute", texts.say(state.sound ? "control.sound_off" : "control.sound_on"));
    this.theme.set("theme", texts.say("control.theme", { theme: texts.say(`theme.${state.theme}`) }));
    this.full.set("full", texts.say("control.full"));
    this.details.setAttribute("aria-label", texts.say("control.details"));
    this.details.title = texts.say("control.details");
    this.paused.textContent = state.paused && count > 1 ? texts.say("control.paused") : "";
  }

  private layDots(count: number): void {
    if (this.dots.children.length === count) return;
    const dots = Array.from({ length: count }, (_, index) => {
      const dot = element("button", "dot");
      dot.type = "button";
      dot.addEventListener("click", () => this.actions.page(index));
      return dot;
    });
    this.dots.replaceChildren(...dots);
    this.dots.classList.toggle("absent", count < 2);
    show(this.dots, count > 1);
  }

  private key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target instanceof HTMLInputElement) return;
    const { actions } = this;
    const onButton = event.target instanceof HTMLButtonElement;
    const done: Record<string, () => void> = {
      ArrowRight: () => actions.turn(1),
      ArrowLeft: () => actions.turn(-1),
      PageDown: () => actions.turn(1),
      PageUp: () => actions.turn(-1),
      f: () => actions.full(),
      t: () => actions.theme(),
      s: () => actions.sound(),
      // On a button the space bar presses it.
      ...(onButton ? {} : { " ": () => actions.pause() }),
    };
    const action = done[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }
}

class Button {
  readonly root = element("button", "control");
  private readonly picture: SVGSVGElement;

  constructor(name: IconName, pressed: () => void) {
    this.picture = icon(name);
    this.root.type = "button";
    this.root.append(this.picture);
    this.root.addEventListener("click", pressed);
  }

  set(name: IconName, text: string): void {
    draw(this.picture, name);
    this.root.setAttribute("aria-label", text);
    this.root.title = text;
  }
}
