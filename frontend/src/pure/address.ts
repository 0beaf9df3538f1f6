// What the address bar says.

/** Return the board that a path names: /wallboard/billing, or the default one. */
export function boardName(path: string): string {
  const name = /^\/wallboard\/([^/]+)\/?$/.exec(path)?.[1] ?? "default";
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // no board is called so, and the page says it
  }
}
