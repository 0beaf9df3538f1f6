// What stands in place of the board when there is none to show: a token is missing, or the name is wrong.

import type { Problem } from "../pure/status";
import type { TokenKeeper } from "../pure/token";
import { element, show, write } from "./dom";
import { icon } from "./icons";
import type { Speech } from "./speech";

export class Gate {
  readonly root = element("main", "gate");
  private readonly title = element("h2", "gate-title");
  private readonly text = element("p", "gate-text");
  private readonly form = element("form", "gate-form");
  private readonly input = element("input");
  private readonly label = element("label");
  private readonly stay = element("input");
  private readonly stayLabel = element("span");
  private readonly button = element("button");

  constructor(token: TokenKeeper, entered: () => void) {
    this.input.id = "token";
    this.input.type = "password";
    this.input.autocomplete = "off";
    this.input.required = true;
    this.label.htmlFor = "token";
    this.stay.type = "checkbox";
    this.button.type = "submit";
    this.form.append(this.label, this.input, this.button, element("label", "stay", this.stay, this.stayLabel));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      token.keep(this.input.value.trim(), this.stay.checked);
      this.input.value = "";
      entered();
    });
    this.root.append(element("div", "gate-card", icon("bad"), this.title, this.text, this.form));
    show(this.root, false);
  }

  update(problem: Problem | null, board: string, { texts }: Speech): void {
    const token = problem?.kind === "token_needed" || problem?.kind === "token_wrong" || problem?.kind === "token_role";
    show(this.form, token);
    if (problem?.kind === "unknown_board") {
      write(this.title, texts.say("board.unknown", { name: board }));
      write(this.text, problem.known.length > 0 ? texts.say("board.known", { names: problem.known.join(", ") }) : "");
    } else if (token) {
      write(this.title, texts.say(`token.${problem.kind.replace("token_", "")}`));
      write(this.text, texts.say("token.hint"));
      write(this.label, texts.say("token.label"));
      write(this.stayLabel, texts.say("token.stay"));
      write(this.button, texts.say("token.use"));
    }
  }
}
