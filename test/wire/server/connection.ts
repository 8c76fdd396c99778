import { createHash, type Hash } from "node:crypto";
import type { Socket } from "node:net";
import type { ScriptMatcher } from "./matcher.ts";
import { type Head, RequestParser } from "./request-parser.ts";
import type { ConnectionLog, RequestLog, Rule, Step } from "./script.ts";
import { perform } from "./steps.ts";

const KEPT_TEXT_BYTES = 64 * 1024;

export interface Surroundings {
  readonly rules: ScriptMatcher;
  gate(name: string): Promise<void>;
}

/** A request while it arrives. */
interface Arriving {
  readonly log: RequestLog;
  readonly rule: Rule;
  readonly hash: Hash;
  readonly arrived: Promise<void>;
  readonly markArrived: () => void;
  started: boolean;
}

/** Plays the rules on one accepted connection, and notes all that comes in. Reading never waits for answering. */
export class Connection {
  readonly log: ConnectionLog;
  readonly #socket: Socket;
  /** The TCP socket under TLS; the same as the other without TLS. Only this one can send a RST. */
  readonly #tcp: Socket;
  readonly #around: Surroundings;
  readonly #parser: RequestParser;
  #arriving: Arriving | undefined;
  #answering: Promise<void> = Promise.resolve();
  #ending = false;

  constructor(id: number, socket: Socket, tcp: Socket, around: Surroundings) {
    this.log = {
      id,
      openedAtMs: Date.now(),
      receivedBytes: 0,
      get sentBytes() {
        return tcp.bytesWritten;
      },
      requests: [],
    };
    this.#socket = socket;
    this.#tcp = tcp;
    this.#around = around;
    this.#parser = new RequestParser({
      onHead: (head) => this.#onHead(head),
      onBody: (bytes) => this.#onBody(bytes),
      onComplete: () => this.#onComplete(),
    });
    socket.on("data", (bytes) => {
      this.log.receivedBytes += bytes.length;
      this.#parser.push(bytes);
    });
    socket.on("end", () => this.#closed("peer-fin"));
    socket.on("error", () => this.#closed("peer-rst"));
    socket.on("close", () => this.#closed("server"));
  }

  /** Runs steps that belong to the connection itself; requests on it are answered after them. */
  run(steps: readonly Step[], requestArrived: Promise<void> = Promise.resolve()): void {
    const stage = {
      socket: this.#socket,
      tcp: this.#tcp,
      requestArrived,
      gate: (name: string) => this.#around.gate(name),
      ending: () => {
        this.#ending = true;
      },
    };
    this.#answering = this.#answering.then(() => perform(steps, stage));
  }

  /** Cuts the connection from this side. */
  destroy(): void {
    this.#ending = true;
    this.#tcp.destroy();
    this.#socket.destroy();
  }

  #onHead(head: Head): void {
    const log: RequestLog = {
      connection: this.log.id,
      index: this.log.requests.length,
      ...head,
      startedAtMs: Date.now(),
      bodyBytes: 0,
      text: "",
    };
    this.log.requests.push(log);
    let markArrived = (): void => {};
    const arrived = new Promise<void>((resolve) => {
      markArrived = resolve;
    });
    const rule = this.#around.rules.forRequest(log);
    this.#arriving = { log, rule, hash: createHash("sha256"), arrived, markArrived, started: false };
    if (rule.when === "head") this.#start(this.#arriving);
  }

  #onBody(bytes: Buffer): void {
    const arriving = this.#arriving;
    if (arriving === undefined) return;
    const { log, rule } = arriving;
    arriving.hash.update(bytes);
    if (log.bodyBytes < KEPT_TEXT_BYTES)
      log.text += bytes.toString("latin1", 0, KEPT_TEXT_BYTES - log.bodyBytes);
    log.bodyBytes += bytes.length;
    if (typeof rule.when === "number" && log.bodyBytes >= rule.when) this.#start(arriving);
  }

  #onComplete(): void {
    const arriving = this.#arriving;
    if (arriving === undefined) return;
    const { log } = arriving;
    log.completedAtMs = Date.now();
    log.sha256 = arriving.hash.digest("hex");
    log.text = Buffer.from(log.text, "latin1").toString("utf8");
    this.#arriving = undefined;
    arriving.markArrived();
    this.#start(arriving);
  }

  #start(arriving: Arriving): void {
    if (arriving.started) return;
    arriving.started = true;
    this.run(arriving.rule.steps, arriving.arrived);
  }

  #closed(by: "peer-fin" | "peer-rst" | "server"): void {
    if (this.log.closedAtMs !== undefined) return;
    this.log.closedAtMs = Date.now();
    this.log.closedBy = this.#ending ? "server" : by;
    this.#socket.end();
  }
}
