import type { Socket } from "node:net";

/**
 * A reset that comes while nothing is read reaches Node as an end (libuv, on POLLHUP). But Linux names the peer of a
 * connection after its end, and none after a reset.
 */
const KNOWS_PEERS =
  process.platform === "linux" && !("bun" in process.versions) && !("deno" in process.versions);

/**
 * Backpressure at a connection's socket. undici would pause its parser instead, but its version 7 asserts that no connection
 * ends while its parser is paused, in an event handler out of everybody's reach: the process dies (nodejs/undici#5360,
 * mended in 8, which needs Node 22). So its parser is never paused; it finds nothing to read while the tap is closed.
 */
export class Tap {
  readonly #socket: Socket;
  #isClosed = false;
  /** Told of the connection's fault before undici is, which takes a reset for the end of an answer without a length. */
  owner: { onFault(error: Error): void } | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.prependListener("error", (error) => this.owner?.onFault(error));
    if (!KNOWS_PEERS) return;
    socket.prependListener("end", () => {
      if (socket.remoteAddress !== undefined) return;
      this.owner?.onFault(
        Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" }),
      );
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.read = () => null;
  }

  open(): void {
    if (!this.#isClosed) return;
    this.#isClosed = false;
    Reflect.deleteProperty(this.#socket, "read"); // the prototype's is back
    // Whoever opens it may run inside the parser, which must not be entered twice.
    queueMicrotask(() => this.#socket.emit("readable"));
  }
}

/** The taps of one dispatcher: each of its connections must have one, and only one. */
export class Taps {
  /** That of the bytes being parsed: undici reads and parses them, and calls its handlers, when its socket is readable. */
  current: Tap | undefined;

  /** Before undici has the socket: of its listeners, ours are the first. */
  add(socket: Socket): void {
    const tap = new Tap(socket);
    socket.on("readable", () => {
      this.current = tap;
    });
  }
}
