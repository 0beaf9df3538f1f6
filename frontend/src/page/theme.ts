import type { Theme } from "../pure/contract";

const KEY = "deskpulse.theme";
const ORDER: readonly Theme[] = ["dark", "light", "auto"];

/** Dark, light, or as the device has it; what was chosen on this device is kept before what the layout says. */
export class ThemeSwitch {
  theme: Theme = "auto";
  private readonly device = matchMedia("(prefers-color-scheme: dark)");

  constructor(private readonly changed: () => void) {
    this.device.addEventListener("change", () => this.apply());
  }

  /** Begin with the address's, this device's, or the layout's. */
  begin(layout: Theme): void {
    const wished = new URLSearchParams(location.search).get("theme") ?? localStorage.getItem(KEY);
    this.theme = ORDER.find((theme) => theme === wished) ?? layout;
    this.apply();
  }

  next(): void {
    this.theme = ORDER[(ORDER.indexOf(this.theme) + 1) % ORDER.length] ?? "auto";
    localStorage.setItem(KEY, this.theme);
    this.apply();
  }

  private apply(): void {
    const dark = this.theme === "dark" || (this.theme === "auto" && this.device.matches);
    document.documentElement.dataset["theme"] = dark ? "dark" : "light";
    this.changed();
  }
}
