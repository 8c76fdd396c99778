export interface Head {
  readonly method: string;
  readonly target: string;
  readonly headers: Record<string, string>;
}

export interface ParserEvents {
  onHead(head: Head): void;
  onBody(bytes: Buffer): void;
  onComplete(): void;
}

type State = "head" | "fixed" | "chunk-size" | "chunk-data" | "chunk-end" | "trailers" | "broken";

/** Reads HTTP/1.1 requests from bytes however they are cut, one after another on the same connection. */
export class RequestParser {
  readonly #events: ParserEvents;
  #state: State = "head";
  #pending: Buffer = Buffer.alloc(0);
  #left = 0;

  constructor(events: ParserEvents) {
    this.#events = events;
  }

  push(bytes: Buffer): void {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    while (this.#advance());
  }

  #advance(): boolean {
    switch (this.#state) {
      case "head":
        return this.#head();
      case "fixed":
        return this.#take(() => this.#complete());
      case "chunk-size":
        return this.#chunkSize();
      case "chunk-data":
        return this.#take(() => this.#enter("chunk-end"));
      case "chunk-end":
        return this.#line() === undefined ? false : this.#enter("chunk-size");
      case "trailers":
        return this.#trailer();
      case "broken":
        return false;
    }
  }

  #head(): boolean {
    const end = this.#pending.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const [requestLine = "", ...lines] = this.#pending.toString("latin1", 0, end).split("\r\n");
    this.#pending = this.#pending.subarray(end + 4);
    const [method = "", target = ""] = requestLine.split(" ");
    const headers = readHeaders(lines);
    this.#events.onHead({ method, target, headers });
    if (headers["transfer-encoding"]?.includes("chunked")) return this.#enter("chunk-size");
    this.#left = Number(headers["content-length"] ?? 0);
    return this.#left > 0 ? this.#enter("fixed") : this.#complete();
  }

  #chunkSize(): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    const size = Number.parseInt(line, 16);
    if (Number.isNaN(size)) return this.#enter("broken");
    this.#left = size;
    return this.#enter(size === 0 ? "trailers" : "chunk-data");
  }

  #trailer(): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    return line === "" ? this.#complete() : true;
  }

  #take(done: () => boolean): boolean {
    const piece = this.#pending.subarray(0, this.#left);
    if (piece.length === 0) return false;
    this.#pending = this.#pending.subarray(piece.length);
    this.#left -= piece.length;
    this.#events.onBody(piece);
    return this.#left === 0 ? done() : false;
  }

  #line(): string | undefined {
    const end = this.#pending.indexOf("\r\n");
    if (end < 0) return undefined;
    const line = this.#pending.toString("latin1", 0, end);
    this.#pending = this.#pending.subarray(end + 2);
    return line;
  }

  #complete(): boolean {
    this.#events.onComplete();
    return this.#enter("head");
  }

  #enter(state: State): boolean {
    this.#state = state;
    return true;
  }
}

function readHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}
