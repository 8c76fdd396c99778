import { createHash, randomFillSync } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { FaultServer, RequestLog, Rule } from "./harness.ts";

export const KIB = 1024;
export const MIB: number = 1024 * KIB;
/** More than the kernels of both sides hold, so that a server that stops reading stops the sender. */
export const BEYOND_BUFFERS_BYTES: number = 96 * MIB;

export const UPLOAD = { method: "POST", path: "/sessions/1/upload-audio" } as const;

/** The server has the head and stops reading; the gate lets it go on to the end, or to see that it was left. */
export const HALTS: Rule = {
  ...UPLOAD,
  when: "head",
  steps: [
    { do: "pause" },
    { do: "gate", name: "go" },
    { do: "resume" },
    { do: "drain" },
    { do: "respond", status: 204, framing: "none" },
  ],
};

/** A directory for a test file's recordings, to be removed at its end. */
export class Scratch {
  readonly #folder: string = mkdtempSync(join(tmpdir(), "heidi-wire-"));

  /** A file that takes no space on the disk, however large. */
  sparse(name: string, sizeBytes: number): string {
    const path = join(this.#folder, name);
    writeFileSync(path, "");
    truncateSync(path, sizeBytes);
    return path;
  }

  /** A file whose every block differs from every other. */
  random(name: string, sizeBytes: number): string {
    const path = join(this.#folder, name);
    writeFileSync(path, randomFillSync(Buffer.alloc(sizeBytes)));
    return path;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The hash of a form that carries exactly this content, framed as the request's own header and first lines say. */
export function hashOfForm(request: RequestLog, content: Uint8Array): string {
  const boundary = /boundary=(\S+)/.exec(request.headers["content-type"] ?? "")?.[1] ?? "";
  const headEnd = request.text.indexOf("\r\n\r\n") + 4;
  return createHash("sha256")
    .update(request.text.slice(0, headEnd))
    .update(content)
    .update(`\r\n--${boundary}--\r\n`)
    .digest("hex");
}

/** All that this process has open: files and sockets. */
export const descriptors = (): number => readdirSync("/proc/self/fd").length;

/** Resolves when no more is open than before. Nobody calls the garbage collector: what is left open stays open. */
export async function untilBaseline(baseline: number): Promise<void> {
  // Turns and not time: a busy machine stretches them.
  for (let turn = 0; turn < 400 && descriptors() > baseline; turn += 1) await sleep(5);
  expect(descriptors()).toBeLessThanOrEqual(baseline);
}

/** Resolves when the server has seen the end of every connection. */
export async function allClosed(server: FaultServer): Promise<void> {
  for (let turn = 0; turn < 1_000; turn += 1) {
    if ((await server.totals()).openConnections === 0) return;
    await sleep(5);
  }
  expect(await server.totals()).toMatchObject({ openConnections: 0 });
}

/** How many bytes the server had got rid of when it was held back, that is, when nothing more left it for a while. */
export async function sentWhenHeld(server: FaultServer): Promise<number> {
  for (let before = -1; ; await sleep(150)) {
    const [connection] = await server.log();
    if (connection?.sentBytes === before) return before;
    before = connection?.sentBytes ?? 0;
  }
}
