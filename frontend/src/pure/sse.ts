// Reads a text/event-stream that comes in pieces. EventSource would do it, but cannot send a token in a header.

export interface StreamEvent {
  event: string;
  data: string;
}

export class EventReader {
  /** What the server asked to wait before connecting again. */
  retryMilliseconds: number | null = null;
  private rest = "";
  private event = "";
  private data: string[] = [];

  /** Take the next piece; returns the events that it completed. */
  push(piece: string): StreamEvent[] {
    // A piece may end between the \r and the \n of one line's end, so a last \r waits for what follows it.
    const text = this.rest + piece;
    const whole = text.endsWith("\r") ? text.slice(0, -1) : text;
    const lines = whole.split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? "") + text.slice(whole.length);
    const events: StreamEvent[] = [];
    for (const line of lines) {
      const event = this.line(line);
      if (event !== null) events.push(event);
    }
    return events;
  }

  private line(line: string): StreamEvent | null {
    if (line === "") return this.dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return null; // a comment, which keeps the connection alive
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.event = value;
    else if (field === "data") this.data.push(value);
    else if (field === "retry" && /^\d+$/.test(value)) this.retryMilliseconds = Number(value);
    return null;
  }

  private dispatch(): StreamEvent | null {
    const event = { event: this.event || "message", data: this.data.join("\n") };
    const empty = this.data.length === 0;
    this.event = "";
    this.data = [];
    return empty ? null : event;
  }
}
