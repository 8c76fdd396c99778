import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { bytesOf } from "./data.ts";
import type { Respond, Step } from "./script.ts";

/** What steps need to know of the connection they run on. */
export interface Stage {
  readonly socket: Socket;
  /** The TCP socket under TLS; the same as `socket` without TLS. Only this one can send a RST. */
  readonly tcp: Socket;
  readonly requestArrived: Promise<void>;
  gate(name: string): Promise<void>;
  /** Notes that this server, not the peer, ends the connection. */
  ending(): void;
}

/** Runs the steps in order; stops early once the connection is gone. */
export async function perform(steps: readonly Step[], stage: Stage): Promise<void> {
  for (const step of steps) {
    if (stage.socket.destroyed) return;
    await one(step, stage);
  }
}

async function one(step: Step, stage: Stage): Promise<void> {
  const { socket } = stage;
  switch (step.do) {
    case "respond":
      return respond(step, stage);
    case "write":
      return send(socket, bytesOf(step.data), step.pieceBytes, step.everyMs);
    case "repeat":
      return repeat(socket, bytesOf(step.data), step.everyMs, step.times ?? Number.POSITIVE_INFINITY);
    case "wait":
      await sleep(step.ms);
      return;
    case "gate":
      return stage.gate(step.name);
    case "drain":
      return stage.requestArrived;
    case "pause":
      socket.pause();
      return;
    case "resume":
      socket.resume();
      return;
    case "sip":
      return sip(step.everyMs, stage);
    case "stall":
      return new Promise((resolve) => socket.once("close", () => resolve()));
    case "fin":
      stage.ending();
      socket.end();
      return;
    case "rst":
      stage.ending();
      stage.tcp.resetAndDestroy();
      return;
  }
}

function sip(everyMs: number, { socket, requestArrived }: Stage): Promise<void> {
  const rest = (): void => {
    socket.pause();
    setTimeout(() => socket.resume(), everyMs);
  };
  socket.on("data", rest);
  const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return Promise.race([requestArrived, gone]).finally(() => socket.off("data", rest));
}

async function respond(answer: Respond, stage: Stage): Promise<void> {
  const body = bytesOf(answer.body ?? "");
  const framing = answer.framing ?? "length";
  await write(stage.socket, head(answer, body.length, framing));
  if (framing !== "none") {
    const part = body.subarray(0, answer.sendOnly ?? body.length);
    const whole = part.length === body.length;
    await send(stage.socket, part, answer.pieceBytes, answer.everyMs, framing === "chunked");
    if (framing === "chunked" && whole) await write(stage.socket, "0\r\n\r\n");
  }
  if (framing === "close" || /close/i.test(String(answer.headers?.connection ?? ""))) {
    stage.ending();
    stage.socket.end();
  }
}

function head(answer: Respond, bodyBytes: number, framing: Respond["framing"]): string {
  const status = answer.status ?? 200;
  const lines = [`HTTP/1.1 ${status} ${answer.reason ?? STATUS_CODES[status] ?? "Status"}`];
  for (const [name, values] of Object.entries(answer.headers ?? {})) {
    for (const value of [values].flat()) lines.push(`${name}: ${value}`);
  }
  if (framing === "length") lines.push(`content-length: ${bodyBytes}`);
  if (framing === "chunked") lines.push("transfer-encoding: chunked");
  return `${lines.join("\r\n")}\r\n\r\n`;
}

async function send(
  socket: Socket,
  bytes: Buffer,
  pieceBytes = bytes.length,
  everyMs = 0,
  chunked = false,
): Promise<void> {
  for (let at = 0; at < bytes.length && !socket.destroyed; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes);
    await write(socket, chunked ? frame(piece) : piece);
    if (everyMs > 0) await sleep(everyMs);
  }
}

function frame(piece: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]);
}

async function repeat(socket: Socket, bytes: Buffer, everyMs: number, times: number): Promise<void> {
  for (let count = 0; count < times && !socket.destroyed; count += 1) {
    await write(socket, bytes);
    await sleep(everyMs);
  }
}

// Settles when the kernel took the bytes, or the connection is gone: a fault after it then really comes after it.
function write(socket: Socket, bytes: Buffer | string): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed || socket.writableEnded) return resolve();
    const done = (): void => {
      socket.off("close", done);
      resolve();
    };
    socket.once("close", done);
    socket.write(bytes, done);
  });
}
