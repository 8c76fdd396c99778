import type { Socket } from "node:net";

/**
 * True if a reset can be detected at the end of a socket. Node reports a reset while nothing is read as an end (libuv, on
 * POLLHUP). On Linux, a socket still has its remote address after an end, but not after a reset.
 */
const CAN_DETECT_RESET =
  process.platform === "linux" && !("bun" in process.versions) && !("deno" in process.versions);

/** Codes of a failed write that mean that the peer no longer reads; it may still have sent a response. */
const PEER_CLOSED_CODES: ReadonlySet<unknown> = new Set(["EPIPE", "ECONNRESET", "ECONNABORTED"]);

/**
 * Prevents a failed write from closing the socket before the peer's data is read.
 *
 * A server that rejects an upload by its headers responds and closes the connection. The next write fails, and Node would
 * destroy the socket with the unread response in it. This function delays the failure of the write until the readable side
 * has ended. It always ends, because a connection that cannot be written to reports an end or an error.
 */
function readBeforeFailing(socket: Socket): void {
  let fail: (() => void) | undefined;
  const delayFailure =
    (callback: WriteCallback): WriteCallback =>
    (error) => {
      if (!PEER_CLOSED_CODES.has(Reflect.get(Object(error), "code")) || socket.readableEnded) callback(error);
      else fail = () => callback(error);
    };
  const write = socket._write.bind(socket);
  socket._write = (chunk, encoding, callback) => write(chunk, encoding, delayFailure(callback));
  const writeAll = socket._writev?.bind(socket);
  if (writeAll) socket._writev = (chunks, callback) => writeAll(chunks, delayFailure(callback));
  // Runs before undici's listener, so that undici gets the error of the write.
  socket.prependListener("end", () => fail?.());
}

type WriteCallback = (error?: Error | null) => void;

/**
 * Backpressure at a connection's socket. undici would pause its parser instead, but version 7 asserts that no connection
 * ends while its parser is paused. The assertion throws in an event handler, where no code can catch it, and the process ends
 * (nodejs/undici#5360, fixed in 8, which needs Node 22). So the parser is never paused; while the backpressure is closed,
 * the socket has nothing to read.
 */
export class SocketBackpressure {
  readonly #socket: Socket;
  #isClosed = false;
  /** The object that is notified of a connection error before undici, which treats a reset as the end of a response without a length. */
  owner: { onFault(error: Error): void } | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.prependListener("error", (error) => this.owner?.onFault(error));
    if (!CAN_DETECT_RESET) return;
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
    Reflect.deleteProperty(this.#socket, "read"); // restores the prototype's method
    // Asynchronous, because `open` may be called inside the parser, which is not reentrant.
    queueMicrotask(() => this.#socket.emit("readable"));
  }
}

/** The backpressure objects of one dispatcher: exactly one for each of its connections. */
export class SocketRegistry {
  /** The object of the connection whose bytes undici parses now: undici parses and calls its handlers when the socket is readable. */
  current: SocketBackpressure | undefined;

  /** Adds a socket before undici gets it, so that these listeners run first. */
  add(socket: Socket): void {
    const backpressure = new SocketBackpressure(socket);
    readBeforeFailing(socket);
    socket.on("readable", () => {
      this.current = backpressure;
    });
  }
}
