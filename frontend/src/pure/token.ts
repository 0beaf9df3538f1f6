// The token comes in the fragment of the address, which browsers never send, and goes out in a header only.

const KEY = "deskpulse.token";

export interface Fragment {
  token: string | null;
  stay: boolean;
  /** What else the fragment says, to be left in the address bar. */
  rest: string;
}

/** Read `#token=…` and `&stay` out of a fragment. */
export function readFragment(hash: string): Fragment {
  const found = new URLSearchParams(hash.replace(/^#/, ""));
  const token = found.get("token");
  const stay = found.has("stay");
  if (token === null) return { token: null, stay: false, rest: hash };
  found.delete("token");
  found.delete("stay");
  const rest = found.toString();
  return { token: token === "" ? null : token, stay, rest: rest === "" ? "" : `#${rest}` };
}

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Keeps the token for this tab, and on this device if that was asked for. */
export class TokenKeeper {
  constructor(
    private readonly tab: Store,
    private readonly device: Store,
  ) {}

  get token(): string | null {
    return this.tab.getItem(KEY) ?? this.device.getItem(KEY);
  }

  keep(token: string, stay: boolean): void {
    this.tab.setItem(KEY, token);
    if (stay) this.device.setItem(KEY, token);
    else this.device.removeItem(KEY);
  }

  /** Return the headers of a request for data. */
  headers(): Record<string, string> {
    const token = this.token;
    return token === null ? {} : { Authorization: `Bearer ${token}` };
  }
}
