import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { HeidiStreamError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { useFaultServer } from "./each.ts";
import type { FaultServer, Step } from "./harness.ts";
import { failureOf, readyUserOf } from "./sdk.ts";
import { KIB, MIB, sentWhenHeld } from "./upload-support.ts";

const ASK = { ai_command_text: "x", content: "y", content_type: "MARKDOWN" } as const;
const STREAM = { method: "POST", path: "/sessions/1/ask-ai" } as const;
const LINE_BYTES = 1024;
const LINE = `{"data":"${"x".repeat(LINE_BYTES - 12)}"}\n`;
const A = '{"data":"a"}\n';
const ITEMS = { "content-type": "application/x-ndjson" };
const END: Step[] = [{ do: "fin" }];
const RESET: Step[] = [{ do: "wait", ms: 100 }, { do: "rst" }];

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

/** What a reader gets that rests after its first object, until the connection has ended. */
async function readSlowly(): Promise<{ items: number; error: unknown }> {
  let items = 0;
  try {
    for await (const _ of readyUserOf(server.url).askHeidi.ask("1", ASK)) {
      items += 1;
      if (items === 1) await sleep(250);
    }
  } catch (error) {
    return { items, error };
  }
  return { items, error: undefined };
}

async function expectCut(): Promise<void> {
  const { items, error } = await readSlowly();
  expect(error).toBeInstanceOf(HeidiStreamError);
  const partialText = "x".repeat((LINE_BYTES - 12) * items);
  expect(error).toMatchObject({ fault: "truncated", outcome: "processed", partialText });
}

type Framing = "the connection's end" | "a length" | "chunks";

/** So many lines in answers that say by their framing how they end, from a server that will close its connection. */
function answer(framing: Framing, lines: number, { isWhole }: { isWhole: boolean }): Step[] {
  const bytes = lines * LINE_BYTES;
  const announced = isWhole ? bytes : bytes + 1;
  const head = ["HTTP/1.1 200 OK", "content-type: application/x-ndjson", "connection: close"];
  if (framing === "a length") head.push(`content-length: ${announced}`);
  if (framing === "chunks") head.push("transfer-encoding: chunked");
  const size = framing === "chunks" && lines > 0 ? `${announced.toString(16)}\r\n` : "";
  const end = framing === "chunks" && isWhole ? "\r\n0\r\n\r\n" : "";
  return [
    { do: "write", data: `${head.join("\r\n")}\r\n\r\n${size}` },
    { do: "write", data: { repeat: LINE, times: lines } },
    { do: "write", data: end },
  ];
}

// Sizes around those at which no more is read ahead, with all, or all but a little, of what was read decoded.
describe.each([32, 64, 128, 129, 400])("a slow reader of %i KiB", (kib) => {
  it.each<Framing>(["the connection's end", "a length", "chunks"])(
    "gets all of it from a server that closes after it (framed by %s) [E19]",
    async (framing) => {
      await server.script({ ...STREAM, steps: [...answer(framing, kib, { isWhole: true }), { do: "fin" }] });
      expect(await readSlowly()).toEqual({ items: kib, error: undefined });
    },
  );

  it.each<[string, Framing, Step[]]>([
    ["an end", "a length", END],
    ["a reset", "a length", RESET],
    ["an end", "chunks", END],
    ["a reset", "chunks", RESET],
  ])("is told of %s before the answer's (framed by %s) [E15]", async (_, framing, steps) => {
    await server.script({ ...STREAM, steps: [...answer(framing, kib, { isWhole: false }), ...steps] });
    await expectCut();
  });
});

// Elsewhere Node gets a reset that came while nothing was read as an end.
it.skipIf(process.platform !== "linux").each([32, 64, 128, 129, 400])(
  "a slow reader of %i KiB is told of a reset, even where the connection's end is the answer's (needs Linux) [E15]",
  async (kib) => {
    await server.script({
      ...STREAM,
      steps: [...answer("the connection's end", kib, { isWhole: false }), ...RESET],
    });
    await expectCut();
  },
);

it.each([0, 3])(
  "a reset after %i objects is no end, even where the connection's end is [E15]",
  async (lines) => {
    const steps = [...answer("the connection's end", lines, { isWhole: false }), ...RESET];
    await server.script({ ...STREAM, steps });
    const error = await failureOf(readyUserOf(server.url).askHeidi.ask("1", ASK).text());
    expect(error).toBeInstanceOf(HeidiStreamError);
    expect(error).toMatchObject({ fault: "truncated", outcome: "processed" });
    expect(error.partialText).toBe("x".repeat((LINE_BYTES - 12) * lines));
  },
);

it("gets from a compressed answer that is cut what a quick reader gets [E16] [E19]", async () => {
  const headers = { ...ITEMS, "content-encoding": "gzip" };
  const lines = Array.from({ length: 3_000 }, (_, index) => `{"data":"${Math.sin(index)}"}\n`).join("");
  const compressed = gzipSync(lines);
  const body = { base64: compressed.toString("base64") };
  const sendOnly = Math.floor(compressed.byteLength / 2);
  const cut: Step = { do: "respond", headers, body, sendOnly, framing: "chunked", pieceBytes: 500 };
  await server.script({ ...STREAM, steps: [cut, ...RESET] });
  const quick = await failureOf(readyUserOf(server.url).askHeidi.ask("1", ASK).text());
  const { items, error } = await readSlowly();
  expect(items).toBeGreaterThan(1_000);
  expect(error).toMatchObject({ outcome: "processed", partialText: quick.partialText });
});

it("of a compressed answer holds the server back as of any other [E19]", async () => {
  // Members of a gzip file may follow each other without end; these hardly become smaller.
  const member = gzipSync(`{"data":"${randomBytes(64 * KIB).toString("base64")}"}\n`, { level: 1 });
  const frame = Buffer.concat([
    Buffer.from(`${member.byteLength.toString(16)}\r\n`),
    member,
    Buffer.from("\r\n"),
  ]);
  const head: Step = {
    do: "write",
    data: "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n",
  };
  const endless: Step = { do: "repeat", data: { base64: frame.toString("base64") }, everyMs: 0 };
  await server.script({ ...STREAM, steps: [head, endless] });
  const items = readyUserOf(server.url).askHeidi.ask("1", ASK)[Symbol.asyncIterator]();
  await items.next();
  expect(await sentWhenHeld(server)).toBeLessThan(48 * MIB);
  await items.return?.();
});

it("is not called stalled for what arrived while its own process was busy [E13]", async () => {
  const first: Step = {
    do: "respond",
    headers: ITEMS,
    framing: "chunked",
    body: `${A}.`,
    sendOnly: A.length,
  };
  const rest: Step = { do: "write", data: `d\r\n{"data":"b"}\n\r\n0\r\n\r\n` };
  await server.script({ ...STREAM, steps: [first, { do: "wait", ms: 200 }, rest] });
  const items: unknown[] = [];
  for await (const { data } of readyUserOf(server.url, { timeoutMs: 1_000 }).askHeidi.ask("1", ASK)) {
    items.push(data);
    if (items.length > 1) continue;
    setImmediate(() => {
      for (const startedMs = Date.now(); Date.now() - startedMs < 2_500; );
    });
  }
  expect(items).toEqual(["a", "b"]);
});
