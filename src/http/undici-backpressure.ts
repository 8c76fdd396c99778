import type { Socket } from "node:net";

/**
 * A reset that comes while nothing is read reaches Node as an end (libuv, on POLLHUP). But Linux names the peer of a
 * connection after its end, and none after a reset.
 */
const KNOWS_PEERS =
  process.platform === "linux" && !("bun" in process.versions) && !("deno" in process.versions);

/** A write that fails so says that the peer reads no more, not that it has said nothing. */
const BY_PEER: ReadonlySet<unknown> = new Set(["EPIPE", "ECONNRESET", "ECONNABORTED"]);

/**
 * Keeps a failed write from closing the socket before what the peer has sent is read.
 *
 * A server that refuses an upload by its head answers and closes; the write that meets the closed connection fails, and
 * Node would destroy the socket with the answer unread in it. Here the write only counts as failed once the
 * readable side has come to its end, which it always does: a connection that cannot be written to gives an end or an error.
 */
function readBeforeFailing(socket: Socket): void {
  let fail: (() => void) | undefined;
  const held =
    (callback: WriteCallback): WriteCallback =>
    (error) => {
      if (!BY_PEER.has(Reflect.get(Object(error), "code")) || socket.readableEnded) callback(error);
      else fail = () => callback(error);
    };
  const write = socket._write.bind(socket);
  socket._write = (chunk, encoding, callback) => write(chunk, encoding, held(callback));
  const writeAll = socket._writev?.bind(socket);
  if (writeAll) socket._writev = (chunks, callback) => writeAll(chunks, held(callback));
  // Before undici hears of the end, so that it learns why the request failed.
  socket.prependListener("end", () => fail?.());
}

type WriteCallback = (error?: Error | null) => void;

/**
 * Backpressure at a connection's socket. undici would pause its parser instead, but its version 7 asserts that no connection
 * ends while its parser is paused, in an event handler out of everybody's reach: the process dies (nodejs/undici#5360,
 * fixed in 8, which needs Node 22). So its parser is never paused; it finds nothing to read while the tap is closed.
 */
export class SocketBackpressure {
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
export class SocketRegistry {
  /** That of the bytes being parsed: undici reads and parses them, and calls its handlers, when its socket is readable. */
  current: SocketBackpressure | undefined;

  /** Before undici has the socket: of its listeners, ours are the first. */
  add(socket: Socket): void {
    const tap = new SocketBackpressure(socket);
    readBeforeFailing(socket);
    socket.on("readable", () => {
      this.current = tap;
    });
  }
}
