// Small pictures, each with a shape of its own: what a colour says is said by a shape too.

const PATHS = {
  good: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm-1.6 14.6-4.2-4.2 1.9-1.9 2.3 2.3 5.5-5.5 1.9 1.9-7.4 7.4Z",
  warn: "M12 2.5 1 21.5h22L12 2.5Zm-1.4 7h2.8v6h-2.8v-6Zm0 7.4h2.8v2.6h-2.8v-2.6Z",
  bad: "M7.8 2h8.4L22 7.8v8.4L16.2 22H7.8L2 16.2V7.8L7.8 2Zm2.8 4.6v7.2h2.8V6.600h-2.800Zm0 8.800v2.600h2.800v-2.600h-2.800Z",
  clock: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm1.300 5v4.700l3.900 2.300-1.200 2-5.100-3.100V7h2.400Z",
  up: "M12 4 4 14h5.200v6h5.600v-6H20L12 4Z",
  down: "M12 20 4 10h5.200V4h5.600v6H20l-8 10Z",
  level: "M4 9h16v2.500H4V9Zm0 4.500h16V16H4v-2.500Z",
  play: "M7 4v16l13-8L7 4Z",
  pause: "M6 4h4.500v16H6V4Zm7.500 0H18v16h-4.500V4Z",
  sound: "M4 9v6h4l5 5V4L8 9H4Zm12-1.500v9a5 5 0 0 0 0-9Zm0-4v2.200a7 7 0 0 1 0 12.600v2.200a9 9 0 0 0 0-17Z",
  mute: "M4 9v6h4l5 5V4L8 9H4Zm18 .700L20.300 8 18 10.300 15.700 8 14 9.700l2.300 2.300L14 14.300l1.700 1.700 2.300-2.300 2.300 2.300 1.700-1.700-2.300-2.300L22 9.700Z",
  theme: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 2.200v13.600a6.800 6.800 0 0 1 0-13.600Z",
  full: "M4 4h6v2.400H6.400V10H4V4Zm10 0h6v6h-2.400V6.400H14V4ZM4 14h2.400v3.600H10V20H4v-6Zm13.600 0H20v6h-6v-2.400h3.600V14Z",
  details: "M4 5h16v2.400H4V5Zm0 5.800h16v2.400H4v-2.400Zm0 5.800h10V19H4v-2.400Z",
} as const;

export type IconName = keyof typeof PATHS;

const NAMESPACE = "http://www.w3.org/2000/svg";

/** Make an icon; it is a picture of what a text beside it says, so it has no name of its own. */
export function icon(name: IconName): SVGSVGElement {
  const drawing = document.createElementNS(NAMESPACE, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  drawing.append(document.createElementNS(NAMESPACE, "path"));
  draw(drawing, name);
  return drawing;
}

/** Make an icon show something else. */
export function draw(drawing: SVGSVGElement, name: IconName): void {
  const path = PATHS[name];
  if (drawing.firstElementChild?.getAttribute("d") !== path) drawing.firstElementChild?.setAttribute("d", path);
}
