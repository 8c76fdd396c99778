import { randomFillSync } from "node:crypto";
import type { Dispatcher } from "undici";
import { describe, expect, it } from "vitest";
import { SocketRegistry } from "../../../src/http/undici-backpressure.ts";
import { UndiciExchange } from "../../../src/http/undici-exchange.ts";
import type { ConnectionPools } from "../../../src/http/undici-pool.ts";

const BLOCK_BYTES = 1024 * 1024;
/** What a socket of undici queues without telling its writer to wait: its high-water mark. */
const QUEUED_BYTES = 64 * 1024;

/** A source that reads into one block again and again, as readers of files may that are told to recycle. */
async function* recycled(content: Uint8Array): AsyncGenerator<Uint8Array> {
  const block = new Uint8Array(BLOCK_BYTES);
  for (let at = 0; at < content.byteLength; at += BLOCK_BYTES) {
    const part = content.subarray(at, at + BLOCK_BYTES);
    block.set(part);
    yield block.subarray(0, part.byteLength);
    block.fill(0);
  }
}

describe("what an upload hands to undici", () => {
  it("stays as it is while the socket may still have it in its queue [R35]", async () => {
    const content = randomFillSync(new Uint8Array(6 * BLOCK_BYTES + 5));
    let given: AsyncIterable<Uint8Array> | undefined;
    const pools = {
      dispatch: (_: string, options: Dispatcher.DispatchOptions) => {
        given = options.body as unknown as AsyncIterable<Uint8Array>;
      },
    } as unknown as ConnectionPools;
    const request = {
      method: "POST",
      url: "http://server.invalid/upload",
      headers: {},
      body: {
        contentType: "audio/mpeg",
        sizeBytes: content.byteLength,
        replayable: true,
        open: () => recycled(content),
      },
    };
    new UndiciExchange(request, {}, new SocketRegistry()).dispatch(pools, true);
    if (given === undefined) throw new Error("nothing was dispatched");
    // A queue that takes pieces until it is full, and is written out only then: the latest that undici's may be.
    let queue: Uint8Array[] = [];
    let queuedBytes = 0;
    const written: Uint8Array[] = [];
    const writeOut = (): void => {
      written.push(...queue.map((piece) => piece.slice()));
      queue = [];
      queuedBytes = 0;
    };
    for await (const piece of given) {
      queue.push(piece);
      queuedBytes += piece.byteLength;
      if (queuedBytes >= QUEUED_BYTES) writeOut();
    }
    writeOut();
    expect(Buffer.concat(written).equals(content)).toBe(true);
  });
});
