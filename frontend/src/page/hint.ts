// What to do on a desk that never had an event: two commands, to be copied.

import type { Destination } from "../pure/contract";
import { firstEvent } from "../pure/first";
import { element, show } from "./dom";
import type { Speech } from "./speech";

export class Hint {
  readonly root = element("section", "hint");
  private shown = "";

  constructor() {
    show(this.root, false);
  }

  /** Say how to send the first event; null for a desk that needs none. */
  update(to: Destination | null, { texts }: Speech): void {
    show(this.root, to !== null);
    const key = to === null ? "" : [texts.language, to.broker, to.topic].join("\n");
    if (to === null || key === this.shown) return;
    this.shown = key;
    const [one, simulated] = firstEvent(to);
    this.root.replaceChildren(
      element("p", "", texts.say("first.one")),
      element("pre", "", element("code", "", one)),
      element("p", "", texts.say("first.simulated")),
      element("pre", "", element("code", "", simulated)),
    );
  }
}
