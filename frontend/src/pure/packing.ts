// Which tiles are seen at once. A page of the layout is one screen if it fits; otherwise it is cut into several,
// because nobody scrolls a TV.

export interface Span {
  id: string;
  width: number;
  height: number;
  /** The least height that its content needs, in CSS pixels. */
  least: number;
}

export interface Place {
  id: string;
  column: number;
  row: number;
  width: number;
  height: number;
}

export interface Screen {
  columns: number;
  /** The height of each row in CSS pixels, all together no more than the room. */
  rows: number[];
  places: Place[];
}

/** Return how many columns fit if none may be narrower than that. */
export function columnsThatFit(wanted: number, room: number, gap: number, narrowest: number): number {
  return Math.max(1, Math.min(wanted, Math.floor((room + gap) / (narrowest + gap))));
}

/** Lay tiles into rows as CSS `grid-auto-flow: row dense` does, each row as high as its tiles need at least. */
export function pack(spans: readonly Span[], columns: number, gap: number): Screen {
  const taken: boolean[][] = [];
  const places: Place[] = [];
  for (const span of spans) {
    const width = Math.max(1, Math.min(span.width, columns));
    const height = Math.max(1, span.height);
    const [row, column] = firstHole(taken, columns, width, height);
    for (let y = row; y < row + height; y += 1) {
      const line = (taken[y] ??= []);
      for (let x = column; x < column + width; x += 1) line[x] = true;
    }
    places.push({ id: span.id, column, row, width, height });
  }
  const rows = taken.map(() => 0);
  for (const [index, { row, height }] of places.entries()) {
    const each = ((spans[index]?.least ?? 0) - gap * (height - 1)) / height;
    for (let y = row; y < row + height; y += 1) rows[y] = Math.max(rows[y] ?? 0, each);
  }
  return { columns, rows, places };
}

function firstHole(taken: boolean[][], columns: number, width: number, height: number): [number, number] {
  for (let row = 0; ; row += 1) {
    for (let column = 0; column + width <= columns; column += 1) {
      let free = true;
      for (let y = row; free && y < row + height; y += 1) {
        for (let x = column; free && x < column + width; x += 1) free = !taken[y]?.[x];
      }
      if (free) return [row, column];
    }
  }
}

/** Cut tiles into as many screens as are needed for each to have the height that it needs; order is kept. */
export function screens(spans: readonly Span[], columns: number, room: number, gap: number): Screen[] {
  const found: Span[][] = [];
  for (const span of spans) {
    const current = found.at(-1);
    if (current !== undefined && fits([...current, span], columns, room, gap)) current.push(span);
    else found.push([span]);
  }
  return balanced(spans, columns, room, gap, found).map((part) => stretched(pack(part, columns, gap), room, gap));
}

/** Cut into the same number of screens, but so that the last is not nearly empty, if they fit so too. */
function balanced(spans: readonly Span[], columns: number, room: number, gap: number, found: Span[][]): Span[][] {
  if (found.length < 2) return found;
  const each = Math.ceil(spans.length / found.length);
  const cut: Span[][] = [];
  for (let start = 0; start < spans.length; start += each) cut.push(spans.slice(start, start + each));
  return cut.length === found.length && cut.every((part) => fits(part, columns, room, gap)) ? cut : found;
}

function fits(spans: readonly Span[], columns: number, room: number, gap: number): boolean {
  return needed(pack(spans, columns, gap), gap) <= room;
}

function needed({ rows }: Screen, gap: number): number {
  return rows.reduce((all, row) => all + row, 0) + gap * (rows.length - 1);
}

/** Share what is left of the room among the rows; if a single tile needs more than there is, rows shrink. */
function stretched(screen: Screen, room: number, gap: number): Screen {
  const left = room - needed(screen, gap);
  if (left >= 0) return { ...screen, rows: screen.rows.map((row) => row + left / screen.rows.length) };
  const shrunk = (room - gap * (screen.rows.length - 1)) / (needed(screen, gap) - gap * (screen.rows.length - 1));
  return { ...screen, rows: screen.rows.map((row) => row * shrunk) };
}

/** Return how many rows to show, and how many a last line says are left; some may have been left out before. */
export function rowsThatFit(
  rows: number,
  unsent: number,
  room: number,
  rowHeight: number,
): { shown: number; left: number } {
  const most = Math.max(1, Math.floor(room / rowHeight));
  if (rows + Math.min(unsent, 1) <= most) return { shown: rows, left: unsent };
  const shown = Math.min(rows, Math.max(1, most - 1)); // one line is for those that are left
  return { shown, left: rows - shown + unsent };
}
