import { HeidiConnectionError, HeidiTimeoutError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { durationMs } from "../stopwatch.ts";
import { useFaultServer } from "./each.ts";
import type { FaultServer, Step } from "./harness.ts";
import { failureOf, readyUserOf, SECRET } from "./sdk.ts";

const create = { ehr_appointment_id: SECRET };
const JSON_TYPE = { "content-type": "application/json" };
const body = JSON.stringify({ session_id: SECRET });
const POST = { method: "POST" } as const;
const ASK = { ai_command_text: SECRET, content: SECRET, content_type: "MARKDOWN" } as const;

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

const raw = (data: string): Step => ({ do: "write", data });
/** More of a head than any time limit of these tests has time for, byte by byte. */
const DRIPPED_HEAD = `HTTP/1.1 200 OK\r\n${"x-a: 1\r\n".repeat(99)}`;
const PAUSE: Step = { do: "wait", ms: 20 };

describe("a server that reads the request and is gone", () => {
  it.each([
    ["with a reset [B8]", [{ do: "rst" }]],
    ["with a FIN [B8]", [{ do: "fin" }]],
    ["after half a status line [B9]", [raw("HTTP/1.1 2"), PAUSE, { do: "rst" }]],
    ["after half of the headers [B9]", [raw(`HTTP/1.1 201 Created\r\nx-a: ${SECRET}`), PAUSE, { do: "rst" }]],
    [
      "after half of the headers, with a FIN [B9]",
      [raw("HTTP/1.1 201 Created\r\nx-a: 1"), PAUSE, { do: "fin" }],
    ],
  ] as [string, Step[]][])(
    "%s leaves a create unknown and sends it once; a read is repeated",
    async (_, steps) => {
      await server.script({ times: 1, method: "POST", steps }, { times: 1, method: "GET", steps });
      const clinician = readyUserOf(server.url);
      const error = await failureOf(clinician.sessions.create(create));
      expect(error).toBeInstanceOf(HeidiConnectionError);
      expect(error).toMatchObject({ outcome: "unknown", attempts: 1 });
      expect(error.message).toMatch(/may have/);
      expect(await server.requests(POST)).toHaveLength(1);

      await clinician.templates.list();
      expect(await server.requests({ method: "GET" })).toHaveLength(2);
    },
  );
});

describe("a server that is too slow", () => {
  const slow = { timeoutMs: 500, maxRetries: 0 };

  it.each([
    ["does not answer [B11]", [{ do: "stall" }], {}],
    ["drips its headers [B12]", [{ do: "write", data: DRIPPED_HEAD, pieceBytes: 1, everyMs: 10 }], {}],
  ] as [string, Step[], object][])(
    "ends by timeoutMs when it %s, and its connection with it",
    async (_, steps) => {
      await server.script({ steps });
      const call = readyUserOf(server.url, slow).sessions.create(create);
      const failing = failureOf(call);
      expect(await durationMs(call)).toBeLessThan(1_350);
      const error = await failing;
      expect(error).toBeInstanceOf(HeidiTimeoutError);
      expect(error).toMatchObject({ outcome: "unknown", attempts: 1 });
      await server.until((log) => log[0]?.closedAtMs !== undefined);
      expect(await server.requests(POST)).toHaveLength(1);
    },
  );

  it("ends by totalTimeoutMs although headers keep dripping [B12]", async () => {
    await server.script({
      steps: [{ do: "write", data: DRIPPED_HEAD, pieceBytes: 1, everyMs: 10 }],
    });
    const call = readyUserOf(server.url).sessions.create(create, { totalTimeoutMs: 500 });
    const failing = failureOf(call);
    expect(await durationMs(call)).toBeLessThan(1_350);
    expect(await failing).toBeInstanceOf(HeidiTimeoutError);
    expect(await failing).toMatchObject({ outcome: "unknown" });
  });

  it.each([["timeoutMs"], ["totalTimeoutMs"]] as const)(
    "ends by %s although the body keeps dripping, and the create is known to be done [B13]",
    async (limit) => {
      await server.script({
        steps: [{ do: "respond", headers: JSON_TYPE, body, pieceBytes: 1, everyMs: 200 }],
      });
      const call = readyUserOf(server.url).sessions.create(create, { maxRetries: 0, [limit]: 1_000 });
      const failing = failureOf(call);
      expect(await durationMs(call)).toBeLessThan(1_800);
      const error = await failing;
      expect(error).toBeInstanceOf(HeidiTimeoutError);
      expect(error.outcome).toBe("processed");
      await server.until((log) => log[0]?.closedAtMs !== undefined);
    },
  );
});

describe("a peer that vanishes without a word", () => {
  // To the SDK a half-open connection is one that stays silent: no FIN or RST will ever come.
  const half = { do: "respond", headers: JSON_TYPE, body, sendOnly: 9 } as const;

  it("after the headers of a create ends by timeoutMs, and the create is known to be done [B14]", async () => {
    await server.script({ steps: [half, { do: "stall" }] });
    const error = await failureOf(readyUserOf(server.url, { timeoutMs: 1_000 }).sessions.create(create));
    expect(error).toBeInstanceOf(HeidiTimeoutError);
    expect(error).toMatchObject({ outcome: "processed", attempts: 1 });
    await server.until((log) => log[0]?.closedAtMs !== undefined);
  });

  it("in the middle of a read is replaced by a new connection [B14]", async () => {
    await server.script({ times: 1, steps: [half, { do: "stall" }] });
    await readyUserOf(server.url, { timeoutMs: 1_000 }).templates.list();
    expect(await server.totals()).toMatchObject({ requests: 2 });
  });

  it("in the middle of a stream ends by timeoutMs without data, and keeps the text so far [B14]", async () => {
    const lines = '{"data":"a"}\n{"data":"b"}\n';
    await server.script({ steps: [{ ...half, body: `${lines}{`, sendOnly: lines.length }, { do: "stall" }] });
    const stream = readyUserOf(server.url, { timeoutMs: 1_000 }).askHeidi.ask("1", ASK);
    const error = await failureOf(stream.text());
    expect(error).toMatchObject({ fault: "stalled", outcome: "processed" });
    expect(error.partialText).toBe("ab");
    await server.until((log) => log[0]?.closedAtMs !== undefined);
  });
});

describe("a successful answer that is cut", () => {
  const cut: [string, Step[]][] = [
    [
      "by a FIN within its length [B15]",
      [{ do: "respond", headers: JSON_TYPE, body, sendOnly: 9 }, { do: "fin" }],
    ],
    [
      "by a reset within its length [B15]",
      [{ do: "respond", headers: JSON_TYPE, body, sendOnly: 9 }, PAUSE, { do: "rst" }],
    ],
    [
      "between its chunks [B16]",
      [{ do: "respond", headers: JSON_TYPE, body, sendOnly: 9, framing: "chunked" }, PAUSE, { do: "fin" }],
    ],
    [
      "by a chunk size that is none [B16]",
      [
        { do: "respond", headers: JSON_TYPE, body, sendOnly: 9, framing: "chunked" },
        PAUSE,
        raw(`${SECRET}\r\nxyz\r\n`),
        { do: "stall" },
      ],
    ],
  ];

  it.each(cut)("%s leaves no doubt that a create was done, and a read is repeated", async (_, steps) => {
    await server.script({ times: 1, method: "POST", steps }, { times: 1, method: "GET", steps });
    const clinician = readyUserOf(server.url);
    const error = await failureOf(clinician.sessions.create(create));
    expect(error).toMatchObject({ outcome: "processed", attempts: 1 });
    expect(error.requestMayHaveBeenProcessed).toBe(true);
    expect(await server.requests(POST)).toHaveLength(1);

    await clinician.templates.list();
    expect(await server.requests({ method: "GET" })).toHaveLength(2);
  });
});

describe("bytes that are not an answer", () => {
  const huge = `HTTP/1.1 200 OK\r\nx-big: ${SECRET.repeat(4_000)}\r\ncontent-length: 2\r\n\r\n{}`;

  it.each([
    ["no HTTP at all", `${SECRET} ESMTP ready\r\n\r\n`],
    ["two content lengths", `HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n${SECRET}`],
    [
      "a content length and chunks",
      `HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n${SECRET}`,
    ],
    ["headers of 40 KB", huge],
    ["a header without a name", `HTTP/1.1 200 OK\r\n: ${SECRET}\r\n\r\n`],
  ])("such as %s are reported by code and never shown [B17]", async (_, data) => {
    await server.script({ steps: [raw(data), { do: "stall" }] });
    const clinician = readyUserOf(server.url, { maxRetries: 0, timeoutMs: 20_000 });
    const error = await failureOf(clinician.sessions.create(create));
    expect(error).toBeInstanceOf(HeidiConnectionError);
    expect(error).toMatchObject({ outcome: "unknown", attempts: 1 });
    expect(await server.requests(POST)).toHaveLength(1);
  });
});

describe("an informational answer", () => {
  const answer = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

  it.each([
    ["102 Processing", "HTTP/1.1 102 Processing\r\n\r\n"],
    ["103 Early Hints", "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n"],
  ])("%s before the real one changes nothing [B18]", async (_, data) => {
    await server.script({ steps: [raw(data + answer)] });
    await expect(readyUserOf(server.url).sessions.create(create)).resolves.toEqual({ session_id: SECRET });
    expect(await server.requests(POST)).toHaveLength(1);
  });

  it("100 Continue that was not asked for is a connection error, because undici refuses it [B18]", async () => {
    await server.script({ steps: [raw("HTTP/1.1 100 Continue\r\n\r\n"), PAUSE, raw(answer)] });
    const error = await failureOf(readyUserOf(server.url).sessions.create(create));
    expect(error).toBeInstanceOf(HeidiConnectionError);
    expect(error).toMatchObject({ outcome: "unknown", attempts: 1 });
    expect(await server.requests(POST)).toHaveLength(1);
  });
});
