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
  onFault: ((error: Error) => void) | undefined;

  constructor(socket: Socket, onRead: (tap: Tap) => void) {
    this.#socket = socket;
    const read = socket.read;
    socket.read = (size) => {
      onRead(this);
      return this.#isClosed ? null : read.call(socket, size);
    };
    socket.prependListener("error", (error) => this.onFault?.(error));
    if (!KNOWS_PEERS) return;
    socket.prependListener("end", () => {
      if (socket.remoteAddress !== undefined) return;
      this.onFault?.(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" }));
    });
  }

  close(): void {
    this.#isClosed = true;
  }

  open(): void {
    if (!this.#isClosed) return;
    this.#isClosed = false;
    // Whoever opens it may run inside the parser, which must not be entered twice.
    queueMicrotask(() => this.#socket.emit("readable"));
  }
}

/** The taps of one dispatcher: all of its connections must have one. */
export class Taps {
  /** That of the bytes being parsed: undici parses, and calls its handlers, in the same turn in which it reads. */
  current: Tap | undefined;

  add(socket: Socket): void {
    new Tap(socket, (tap) => {
      this.current = tap;
    });
  }
}
