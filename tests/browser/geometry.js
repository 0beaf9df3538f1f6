// Says what does not fit: on the page, among the tiles, and of the texts in each.
() => {
  const found = [];
  const name = (node) => `${node.closest("[data-tile]")?.dataset.tile ?? ""} .${node.className?.baseVal ?? node.className} "${(node.textContent ?? "").slice(0, 40)}"`;
  const seen = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && node.getClientRects().length > 0;
  const inside = (inner, outer) => inner.left >= outer.left - 1 && inner.right <= outer.right + 1 && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
  const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
  const screen = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  const root = document.scrollingElement;
  if (root.scrollHeight > innerHeight || root.scrollWidth > innerWidth) found.push(`the page scrolls: ${root.scrollWidth}x${root.scrollHeight}`);

  const parts = [...document.querySelectorAll(".tile, .top, .bottom, .banner")].filter(seen);
  for (const [index, part] of parts.entries()) {
    const box = part.getBoundingClientRect();
    if (!inside(box, screen)) found.push(`beyond the screen: ${name(part)}`);
    for (const other of parts.slice(index + 1)) {
      if (!apart(box, other.getBoundingClientRect())) found.push(`overlap: ${name(part)} and ${name(other)}`);
    }
  }
  for (const part of parts) {
    const box = part.getBoundingClientRect();
    const texts = [];
    for (const node of part.querySelectorAll("*")) {
      const own = [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE && child.data.trim() !== "");
      if (own.length === 0 || !seen(node) || node.closest(".unseen")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const rect = range.getBoundingClientRect();
      const facts = node.closest(".facts");
      // A fact that has no place is wrapped out of sight as a whole.
      if (facts && rect.top >= facts.getBoundingClientRect().bottom - 1) continue;
      if (facts && !inside(rect, { ...box.toJSON(), right: facts.getBoundingClientRect().right })) found.push(`cut: ${name(node)}`);
      if (!inside(rect, box)) found.push(`text beyond its tile: ${name(node)}`);
      if (node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX !== "visible") found.push(`text cut: ${name(node)}`);
      // Line by line: what wraps has a box that its neighbours may stand in.
      for (const line of range.getClientRects()) texts.push([node, line]);
    }
    for (const [index, [node, rect]] of texts.entries()) {
      for (const [other, its] of texts.slice(index + 1)) {
        if (node === other || node.contains(other) || other.contains(node)) continue;
        // Line boxes are higher than letters, so a little of them may touch.
        const slack = Math.min(rect.height, its.height) * 0.25;
        const lower = { left: rect.left, right: rect.right, top: rect.top + slack, bottom: rect.bottom - slack };
        if (!apart(lower, its)) found.push(`texts overlap: ${name(node)} and ${name(other)}`);
      }
    }
  }
  return found;
}
