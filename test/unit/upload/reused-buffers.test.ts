import { type ChildProcess, spawn } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Agent } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileFromPath } from "../../../src/node.ts";
import { audio, collect, createScratch, iterate, sha256 } from "./support.ts";

const scratch = createScratch();
const agent = new Agent();
let server: ChildProcess;
let origin: string;

beforeAll(async () => {
  const script = fileURLToPath(new URL("slow-server-child.mjs", import.meta.url));
  server = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
  const port = await new Promise((resolve) => server.stdout?.once("data", resolve));
  origin = `http://127.0.0.1:${String(port).trim()}`;
});

afterAll(async () => {
  await agent.close();
  server.stdin?.end();
  scratch.remove();
});

describe("recycled blocks", () => {
  it("reach a server that reads haltingly unchanged", async () => {
    const path = scratch.path("random.mp3");
    writeFileSync(path, randomFillSync(Buffer.alloc(12 * 1024 * 1024 + 12_345)));
    const body = await audio(fileFromPath(path));
    const expected = sha256(await collect(body));
    const { body: answer } = await agent.request({
      origin,
      path: "/",
      method: "POST",
      headers: { "content-type": body.contentType, "content-length": String(body.sizeBytes) },
      // Typed for streams only; any async iterable is accepted.
      body: body.open({ recycle: true }) as never,
    });
    expect(await answer.text()).toBe(expected);
  });

  it("are two, whatever the size of the file, and new ones where the sender does not ask for them", async () => {
    const path = scratch.path("zeros.mp3");
    writeFileSync(path, Buffer.alloc(6 * 1024 * 1024));
    const body = await audio(fileFromPath(path));
    for (const [recycle, count] of [
      [true, 2],
      [false, 6],
    ] as const) {
      const blocks = new Set<ArrayBufferLike>();
      const iterator = iterate(body, { recycle });
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        if (next.value.byteLength >= 65_536) blocks.add(next.value.buffer);
      }
      expect(blocks.size).toBe(count);
    }
  });

  it("are handed out in pieces that no socket queues without saying so", async () => {
    const path = scratch.path("pieces.mp3");
    writeFileSync(path, Buffer.alloc(5 * 1024 * 1024 + 1));
    const iterator = iterate(await audio(fileFromPath(path)), { recycle: true });
    const sizes: number[] = [];
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
      sizes.push(next.value.byteLength);
    // The lines before the file, its pieces, its last byte, the lines after it.
    expect(Math.min(...sizes.slice(1, -2))).toBeGreaterThanOrEqual(64 * 1024);
  });
});
