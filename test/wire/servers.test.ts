import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { JsonStream, StreamChunk, StreamFormat } from "heidi-health-sdk";
import { sendResponse, toNodeHandler } from "heidi-health-sdk/node";
import { errorResponse } from "heidi-health-sdk/server";
import { describe, expect, it, vi } from "vitest";
import { END, HEAD, lineOf, piece } from "./chunked-lines.ts";
import { useFaultServer } from "./each.ts";
import type { FaultServer, Rule, Step } from "./harness.ts";
import { readyUserOf, SECRET } from "./sdk.ts";
import { FRAMEWORKS, type Handler, listen, useServers } from "./servers.ts";
import { allClosed, KIB, MIB, sentWhenHeld } from "./upload-support.ts";

const ASK = { ai_command_text: SECRET, content: SECRET, content_type: "MARKDOWN" } as const;
const NDJSON = { "content-type": "application/x-ndjson", "x-request-id": "request-7" };
const FORMATS: readonly StreamFormat[] = ["sse", "ndjson", "text"];
const TYPES = { sse: "text/event-stream", ndjson: "application/x-ndjson", text: "text/plain" } as const;

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});
useServers();

const gate = (name: string): Step => ({ do: "gate", name });

const answering =
  (format: StreamFormat): Handler =>
  ({ signal }) =>
    ask().toResponse({ format, signal });
const ask = (): JsonStream<StreamChunk> => readyUserOf(server.url).askHeidi.ask("1", ASK);

interface Reading {
  readonly response: Response;
  /** Resolves when the text has arrived. */
  readonly until: (wanted: string) => Promise<void>;
  /** All that arrived, to the end; rejects when the body breaks off. */
  readonly rest: () => Promise<string>;
  readonly text: () => string;
  readonly leave: () => void;
}

async function open(url: string): Promise<Reading> {
  const browser = new AbortController();
  const response = await fetch(url, { method: "POST", signal: browser.signal });
  const reader = (response.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream() as never)
    .getReader() as unknown as ReadableStreamDefaultReader<string>;
  let text = "";
  const read = async (): Promise<boolean> => {
    const { done, value } = await reader.read();
    text += value ?? "";
    return !done;
  };
  return {
    response,
    until: async (wanted) => {
      while (!text.includes(wanted)) if (!(await read())) throw new Error(`it ended with ${text}`);
    },
    rest: async () => {
      while (await read());
      return text;
    },
    text: () => text,
    leave: () => browser.abort(),
  };
}

/** The events as a browser's EventSource would see them. */
function eventsOf(text: string): EventSourceMessage[] {
  const events: EventSourceMessage[] = [];
  createParser({ onEvent: (event) => events.push(event) }).feed(text);
  return events;
}

const frameworks = Object.entries(FRAMEWORKS);
const cases = frameworks.flatMap(([name, framework]) =>
  FORMATS.map((format) => ({ name, format, framework })),
);

describe.each(cases)("a stream as $format in an application of $name", ({ format, framework }) => {
  const start = async (...steps: Step[]): Promise<Reading> => {
    await server.script({ path: "/sessions/1/ask-ai", steps });
    return open(await listen(await framework(answering(format))));
  };

  it("arrives item by item, to its end, and is stored nowhere [R31]", async () => {
    const reading = await start(
      HEAD,
      piece("first"),
      gate("second"),
      piece(" second\nline"),
      gate("end"),
      END,
    );
    const { headers, status } = reading.response;
    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain(TYPES[format]);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-accel-buffering")).toBe("no");
    await reading.until("first");
    expect(reading.text()).not.toContain("second");
    await server.open("second");
    await reading.until("line");
    await server.open("end");
    const text = await reading.rest();
    if (format === "text") expect(text).toBe("first second\nline");
    if (format === "ndjson") expect(text).toBe(lineOf("first") + lineOf(" second\nline"));
    if (format === "sse") {
      const events = eventsOf(text);
      expect(events.map(({ event }) => event)).toEqual([undefined, undefined, undefined]);
      expect(events.at(-1)?.data).toBe("[DONE]");
      expect(events.slice(0, 2).map(({ data }) => JSON.parse(data))).toEqual([
        { data: "first" },
        { data: " second\nline" },
      ]);
    }
  });

  it("that its browser leaves closes the connection to Heidi [R31]", async () => {
    const reading = await start(HEAD, piece("first"), { do: "stall" });
    await reading.until("first");
    reading.leave();
    await allClosed(server);
  });

  it("that is cut after an item never ends as if it were whole [R31]", async () => {
    // Hono prints it.
    vi.spyOn(console, "error").mockReturnValue();
    const reading = await start(HEAD, piece(SECRET), gate("cut"), { do: "rst" });
    await reading.until(SECRET);
    await server.open("cut");
    const before = reading.text();
    const report =
      '{"error":{"name":"HeidiStreamError","outcome":"processed","fault":"truncated","requestId":"request-7"}}';
    if (format === "sse") {
      const text = await reading.rest();
      expect(eventsOf(text).slice(1)).toEqual([{ id: undefined, event: "error", data: report }]);
      return;
    }
    await expect(reading.rest()).rejects.toThrow();
    if (format === "text") expect(reading.text()).toBe(before);
    // As far as it still arrives: what counts is that the end is broken.
    else expect([before, `${before}${report}\n`]).toContain(reading.text());
  });
});

describe.each(frameworks)("a stream in an application of %s", (_, framework) => {
  it("whose request Heidi refused is an event with the status, or an answer of the application [R31] [R32]", async () => {
    const refusal: Rule = {
      steps: [
        {
          do: "respond",
          status: 429,
          headers: { "content-type": "application/json", "retry-after": "7", "x-request-id": "request-8" },
          body: JSON.stringify({ detail: SECRET }),
        },
      ],
    };
    await server.script(refusal);
    const stream = (): JsonStream<StreamChunk> =>
      readyUserOf(server.url, { maxRetries: 0 }).askHeidi.ask("1", ASK);
    const late = await fetch(await listen(await framework(() => stream().toResponse())));
    const [{ event, data } = { event: "", data: "" }] = eventsOf(await late.text());
    expect([late.status, event]).toEqual([200, "error"]);
    expect(JSON.parse(data)).toEqual({
      error: {
        name: "HeidiRateLimitError",
        outcome: "rejected",
        status: 429,
        requestId: "request-8",
      },
    });

    const early = await listen(
      await framework(async () => {
        try {
          const { data: note } = await stream().withResponse();
          return note.toResponse();
        } catch (error) {
          return errorResponse(error);
        }
      }),
    );
    const answer = await fetch(early);
    expect([answer.status, answer.headers.get("retry-after"), await answer.json()]).toEqual([
      503,
      "7",
      JSON.parse(data),
    ]);
  });

  it("that its browser reads slowly holds Heidi back, and goes on as the browser does [R31]", async () => {
    const line = `${JSON.stringify({ data: "x".repeat(64 * KIB) })}\n`;
    const times = 4_000;
    await server.script({
      path: "/sessions/1/ask-ai",
      steps: [
        {
          do: "respond",
          headers: NDJSON,
          framing: "chunked",
          body: { repeat: line, times },
          pieceBytes: 64 * KIB,
        },
      ],
    });
    const url = await listen(await framework(answering("text")));
    const sent = httpRequest(url, { method: "POST" }).end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    const before = process.memoryUsage().arrayBuffers;
    await once(answer, "readable");
    const held = await sentWhenHeld(server);
    // What the kernels' buffers of two connections hold; the whole answer has 250 MiB.
    expect(held).toBeLessThan(64 * MIB);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * MIB);
    let bytes = 0;
    for await (const chunk of answer) bytes += (chunk as Buffer).byteLength;
    expect(bytes).toBe(times * 64 * KIB);
  });
});

describe("toNodeHandler", () => {
  const textOf = async (url: string, init?: RequestInit): Promise<[number, string]> => {
    const answer = await fetch(url, init);
    return [answer.status, await answer.text()];
  };

  it("gives the handler the whole request, and the browser the whole answer", async () => {
    const url = await listen(
      toNodeHandler(async (request) => {
        const { method, headers } = request;
        const body = { method, url: request.url, mine: headers.get("x-mine"), text: await request.text() };
        const answer = Response.json(body, { status: 201 });
        answer.headers.append("set-cookie", "a=1");
        answer.headers.append("set-cookie", "b=2");
        return answer;
      }),
    );
    const answer = await fetch(`${url}//path?q=ä`, {
      method: "PUT",
      body: "x".repeat(300_000),
      headers: { "x-mine": "1" },
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await answer.json()).toEqual({
      method: "PUT",
      url: `${url}//path?q=%C3%A4`,
      mine: "1",
      text: "x".repeat(300_000),
    });
  });

  it("answers an error with a 500 without its message, and hands it to the framework where there is one", async () => {
    const failing = toNodeHandler(() => {
      throw new Error(SECRET);
    });
    expect(await textOf(await listen(failing))).toEqual([500, '{"error":{"name":"Error"}}']);
    const express = (await import("express")).default;
    const app = express().use(failing);
    app.use(((error, _request, response, _next) => {
      response.status(502).send(String(error instanceof Error));
    }) satisfies import("express").ErrorRequestHandler);
    expect(await textOf(await listen(app))).toEqual([502, "true"]);
    const noResponse = toNodeHandler(() => undefined as never);
    expect((await textOf(await listen(noResponse)))[0]).toBe(500);
  });

  it("answers a request that no Request can be made of with 400, and goes on", async () => {
    const url = await listen(toNodeHandler(() => new Response("here")));
    const sent = httpRequest(url, { headers: { host: "not a host" } }).end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(400);
    expect(await textOf(url)).toEqual([200, "here"]);
  });

  it("lets a handler answer before it has read the body, on a connection that goes on", async () => {
    const url = await listen(
      toNodeHandler(async (request) => {
        const reader = request.body?.getReader();
        await reader?.read();
        return new Response("enough", { status: 413 });
      }),
    );
    for (let count = 0; count < 3; count += 1) {
      const answer = await textOf(url, { method: "POST", body: new Uint8Array(20 * MIB) });
      expect(answer).toEqual([413, "enough"]);
    }
  });

  it("sends nothing to a browser that has left, and cancels the body", async () => {
    let cancelled: () => void = () => undefined;
    const isCancelled = new Promise<void>((resolve) => {
      cancelled = resolve;
    });
    let go: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      go = resolve;
    });
    const browser = new AbortController();
    const url = await listen(async (_request, response) => {
      response.on("close", go);
      browser.abort();
      await gone;
      await sendResponse(response, new Response(new ReadableStream({ cancel: cancelled })));
    });
    await expect(fetch(url, { signal: browser.signal })).rejects.toThrow();
    await isCancelled;
  });
});
