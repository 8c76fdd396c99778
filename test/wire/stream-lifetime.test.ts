import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { HeidiAbortError, HeidiStreamError, HeidiTimeoutError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { durationMs, stopwatch } from "../stopwatch.ts";
import { runChild } from "./child.ts";
import { useFaultServer } from "./each.ts";
import type { FaultServer, Respond, Rule, Step } from "./harness.ts";
import { failureOf, readyUserOf, SECRET, signalOf } from "./sdk.ts";
import { allClosed, KIB, MIB, sentWhenHeld } from "./upload-support.ts";

const ASK = { ai_command_text: SECRET, content: SECRET, content_type: "MARKDOWN" } as const;
const STREAM = { method: "POST", path: "/sessions/1/ask-ai" } as const;
const LINES = '{"data":"a"}\n{"data":"b"}\n{"data":"c"}\n';

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

const OPEN: Respond = {
  do: "respond",
  headers: { "content-type": "application/x-ndjson" },
  framing: "chunked",
  body: `${LINES}x`,
  sendOnly: LINES.length,
};
/** Three objects, and then nothing more, nor an end. */
const HANGS: Rule = { ...STREAM, steps: [OPEN, { do: "stall" }] };
const frame = (data: string): string => `${data.length.toString(16)}\r\n${data}\r\n`;

describe("a stream that stalls", () => {
  it("ends by timeoutMs without data, and its connection with it [E13]", async () => {
    await server.script(HANGS);
    const stream = readyUserOf(server.url, { timeoutMs: 1_000 }).askHeidi.ask("1", ASK);
    const error = await failureOf(stream.text());
    expect(error).toBeInstanceOf(HeidiStreamError);
    expect(error).toMatchObject({ fault: "stalled", outcome: "processed", attempts: 1, partialText: "abc" });
    await allClosed(server);
    expect(await server.requests(STREAM)).toHaveLength(1);
  });

  it.each([
    ["empty lines", "\n"],
    ["spaces", " "],
  ])("is not kept alive by %s, which carry no data [E14]", async (_, heartbeat) => {
    await server.script({ ...STREAM, steps: [OPEN, { do: "repeat", data: frame(heartbeat), everyMs: 20 }] });
    const stream = readyUserOf(server.url, { timeoutMs: 1_000 }).askHeidi.ask("1", ASK);
    const reading = stream.text();
    const failing = failureOf(reading);
    expect(await durationMs(reading)).toBeLessThan(3_000);
    expect(await failing).toMatchObject({ fault: "stalled", partialText: "abc" });
    await allClosed(server);
  });

  it("is not kept alive by the comments of an event stream [E14]", async () => {
    const headers = { "content-type": "text/event-stream" };
    const event = 'data: {"data":"a"}\n\n';
    const opening: Step = { ...OPEN, headers, body: `${event}x`, sendOnly: event.length };
    await server.script({
      ...STREAM,
      steps: [opening, { do: "repeat", data: frame(": ping\n\n"), everyMs: 20 }],
    });
    const error = await failureOf(
      readyUserOf(server.url, { timeoutMs: 1_000 }).askHeidi.ask("1", ASK).text(),
    );
    expect(error).toMatchObject({ fault: "stalled", partialText: "a" });
  });

  it("is one that lasts: data that keeps coming may take much longer than timeoutMs [E13]", async () => {
    const body = '{"data":"x"}\n'.repeat(20);
    await server.script({
      ...STREAM,
      steps: [{ ...OPEN, body, sendOnly: body.length, pieceBytes: 13, everyMs: 200 }],
    });
    const startMs = performance.now();
    await expect(
      readyUserOf(server.url, { timeoutMs: 1_500 }).askHeidi.ask("1", ASK).text(),
    ).resolves.toHaveLength(20);
    expect(performance.now() - startMs).toBeGreaterThan(3_000);
  });

  it("ends by totalTimeoutMs although data keeps coming [E13]", async () => {
    await server.script({
      ...STREAM,
      steps: [OPEN, { do: "repeat", data: frame('{"data":"x"}\n'), everyMs: 10 }],
    });
    const stream = readyUserOf(server.url).askHeidi.ask("1", ASK, { totalTimeoutMs: 1_000 });
    const error = await failureOf(stream.text());
    expect(error).toBeInstanceOf(HeidiTimeoutError);
    expect(error).toMatchObject({ outcome: "processed", partialText: expect.stringMatching(/^abcx*$/) });
    await allClosed(server);
  });
});

describe("a stream that its reader leaves", () => {
  const ways: [string, (stream: AsyncIterable<unknown>) => Promise<void>][] = [
    [
      "by break",
      async (stream) => {
        for await (const _ of stream) break;
      },
    ],
    [
      "by return",
      async (stream) => {
        for await (const _ of stream) return;
      },
    ],
    [
      "by an error in the loop",
      async (stream) => {
        await (async () => {
          for await (const _ of stream) throw new Error("mine");
        })().catch(() => undefined);
      },
    ],
    [
      "by dispose",
      async (stream) => void (await (stream as Partial<AsyncDisposable>)[Symbol.asyncDispose]?.()),
    ],
  ];

  it.each(ways)("%s has its connection closed within 100 ms [E17]", async (_, leave) => {
    await server.script(HANGS);
    const stream = readyUserOf(server.url).askHeidi.ask("1", ASK);
    await stream.withResponse();
    await leave(stream);
    // 20 turns of 5 ms: a busy machine stretches them, and its server hears of the end before it hears the question.
    for (let turn = 0; turn < 20; turn += 1) await sleep(5);
    expect(await server.totals()).toMatchObject({ connections: 1, openConnections: 0 });
  });
});

describe("a script with a stream", () => {
  it.each<[string, string, Rule[]]>([
    ["that it never reads", "never-read", [HANGS]],
    ["that it begins and disposes of", "disposed", [HANGS]],
    ["that it begins and aborts", "aborted", [HANGS]],
    ["that it begins and leaves behind with a client that it closes", "client-closed", [HANGS]],
  ])("%s exits by itself [E18]", async (_, mode, rules) => {
    await server.script(...rules);
    const script = new URL("children/stream-exit.ts", import.meta.url);
    const { code, stdout, stderr } = await runChild(script, [mode, server.url]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(Number(stdout)).toBeLessThan(2_000);
  });
});

describe("a slow reader", () => {
  it("holds the server back: what is sent ahead of it is bounded [E19]", async () => {
    const line = JSON.stringify({ data: "x".repeat(64 * KIB) });
    const endless: Step = { do: "repeat", data: frame(`${line}\n`), everyMs: 0 };
    await server.script({ ...STREAM, steps: [OPEN, endless] });
    const iterator = readyUserOf(server.url).askHeidi.ask("1", ASK)[Symbol.asyncIterator]();
    await iterator.next();
    const sent = await sentWhenHeld(server);
    // The kernels of both sides; the SDK's own part of it is 64 KiB.
    expect(sent).toBeLessThan(48 * MIB);
    for (let count = 0; count < 2_000; count += 1) await iterator.next();
    expect(await sentWhenHeld(server)).toBeGreaterThan(sent);
    await iterator.return?.();
    await allClosed(server);
  });
});

describe("a stream that is aborted", () => {
  it("before it starts sends nothing [E20]", async () => {
    const reason = new Error("mine");
    const error = await abortOf(
      readyUserOf(server.url)
        .askHeidi.ask("1", ASK, { signal: AbortSignal.abort(reason) })
        .text(),
    );
    expect(error).toMatchObject({ outcome: "not-sent", attempts: 0, cause: reason });
    expect(await server.totals()).toMatchObject({ connections: 0 });
  });

  it.each<[string, Step[], string, number]>([
    ["while it waits for its answer", [{ do: "stall" }], "unknown", 0],
    ["between two lines", [OPEN, { do: "stall" }], "processed", 3],
    ["in the middle of a line", [{ ...OPEN, sendOnly: LINES.length - 5 }, { do: "stall" }], "processed", 2],
  ])("%s rejects with the caller's reason and leaves no listener [E20]", async (_, steps, outcome, lines) => {
    await server.script({ ...STREAM, steps });
    const controller = new AbortController();
    const stream = readyUserOf(server.url).askHeidi.ask("1", ASK, { signal: controller.signal });
    const read = signalOf<void>();
    let count = 0;
    const reading = (async () => {
      for await (const _ of stream) if (++count === lines) read.resolve();
    })();
    const failing = abortOf(reading);
    await server.untilRequest(STREAM);
    if (lines > 0) await read.promise;
    const reason = new Error("mine");
    const watch = stopwatch();
    controller.abort(reason);
    const error = await failing;
    expect(watch.ms()).toBeLessThan(100);
    expect(error).toMatchObject({ outcome, attempts: 1, cause: reason });
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    await allClosed(server);
  });

  async function abortOf(call: Promise<unknown>): Promise<HeidiAbortError> {
    const error = await failureOf(call);
    expect(error).toBeInstanceOf(HeidiAbortError);
    return error;
  }
});
