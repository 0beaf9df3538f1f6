// Making elements. Nothing here writes HTML or style texts, so the page needs no 'unsafe-inline'.

export type Child = Node | string;

/** Make an element; the class may name several. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** Change a text only if it is another one, so that nothing is laid out or read aloud again. */
export function write(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Set a custom property, through the object model. */
export function property(node: HTMLElement | SVGElement, name: `--${string}`, value: string | number): void {
  node.style.setProperty(name, String(value));
}

/** Say whether an element is seen. */
export function show(node: HTMLElement, shown: boolean): void {
  node.hidden = !shown;
}
