import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as WebStream } from "node:stream/web";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import express from "express";
import { isHeidiError } from "heidi-health-sdk";
import Koa from "koa";
import { afterEach, describe, expect, it, vi } from "vitest";
import { useFaultServer } from "./each.ts";
import type { FaultServer, Rule } from "./harness.ts";
import { readyUserOf, SECRET } from "./sdk.ts";

const ASK = { ai_command_text: SECRET, content: SECRET, content_type: "MARKDOWN" } as const;
const LINE = '{"data":"x"}\n';
const NDJSON = { "content-type": "application/x-ndjson" };

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

const listening: Server[] = [];
afterEach(() => {
  for (const one of listening.splice(0)) {
    one.closeAllConnections();
    one.close();
  }
});

async function listen(handler: RequestListener): Promise<string> {
  const own = createServer(handler).listen(0, "127.0.0.1");
  listening.push(own);
  await once(own, "listening");
  return `http://127.0.0.1:${(own.address() as AddressInfo).port}`;
}

const refusal = (status: number): Rule => ({
  steps: [
    {
      do: "respond",
      status,
      headers: { "retry-after": "0", "set-cookie": `id=${SECRET}`, "content-type": "application/json" },
      body: JSON.stringify({ detail: { msg: SECRET, type: SECRET } }),
    },
  ],
});

describe("a refusal by Heidi in an application's error handler", () => {
  const fails = () => readyUserOf(server.url, { maxRetries: 0 }).sessions.get("1");

  it.each([401, 404, 429, 503])("of Express, with the recipe, is a 502: %d [R32]", async (status) => {
    await server.script(refusal(status));
    const app = express();
    app.get("/", async () => {
      await fails();
    });
    app.get("/own", () => {
      throw Object.assign(new Error("no such page"), { status: 404 });
    });
    const logged: unknown[] = [];
    app.use(((error, _request, response, next) => {
      if (!isHeidiError(error) || response.headersSent) return next(error);
      logged.push(error);
      response.status(502).json({ error: error.name, outcome: error.outcome });
    }) satisfies express.ErrorRequestHandler);
    const url = await listen(app);
    const answer = await fetch(url);
    expect(answer.status).toBe(502);
    expect(await answer.text()).not.toContain(SECRET);
    expect(logged).toMatchObject([{ status }]);
    expect((await fetch(`${url}/own`)).status).toBe(404);
  });

  it.each([401, 429])("of Koa, with the recipe, is a 502: %d [R32]", async (status) => {
    await server.script(refusal(status));
    const app = new Koa();
    app.use(async (context, next) => {
      try {
        await next();
      } catch (error) {
        if (!isHeidiError(error)) throw error;
        context.status = 502;
        context.body = { error: error.name, outcome: error.outcome };
      }
    });
    app.use(fails);
    const answer = await fetch(await listen(app.callback()));
    expect([answer.status, await answer.json()]).toMatchObject([502, { outcome: "rejected" }]);
  });

  it("without a recipe takes over no header and no word of Heidi's, and ends no process [R32]", async () => {
    await server.script(refusal(429));
    vi.stubEnv("NODE_ENV", "production");
    vi.spyOn(console, "error").mockReturnValue();
    const app = express();
    app.get("/", async () => {
      await fails();
    });
    const koa = new Koa();
    koa.use(fails);
    for (const handler of [app, koa.callback()]) {
      const answer = await fetch(await listen(handler), { signal: AbortSignal.timeout(120_000) });
      expect(answer.status).toBe(429); // the status is the error's own: hence the recipe
      expect([answer.headers.get("retry-after"), answer.headers.get("set-cookie")]).toEqual([null, null]);
      expect(await answer.text()).not.toContain(SECRET);
    }
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
});

describe("a stream that a server passes on to a browser", () => {
  const endless: Rule = {
    steps: [
      { do: "respond", headers: NDJSON, framing: "chunked", body: LINE.repeat(2), sendOnly: LINE.length },
      { do: "stall" },
    ],
  };
  const closed = (): Promise<unknown> =>
    server.until((log) =>
      log.some(({ requests, closedAtMs }) => requests.length > 0 && closedAtMs !== undefined),
    );

  it.each(["sse", "ndjson", "text"] as const)(
    "as %s arrives piece by piece; when the browser leaves, the connection to Heidi is closed [R31]",
    async (format) => {
      await server.script(endless);
      const clinician = readyUserOf(server.url);
      const url = await listen(async (_request, response) => {
        const answer = clinician.askHeidi.ask("1", ASK).toResponse({ format });
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        const body = Readable.fromWeb(answer.body as WebStream<Uint8Array>);
        await pipeline(body, response).catch(() => undefined);
      });
      const browser = new AbortController();
      const answer = await fetch(url, { signal: browser.signal });
      const piece = await answer.body?.getReader().read();
      expect(new TextDecoder().decode(piece?.value)).toContain("x");
      browser.abort();
      await closed();
    },
  );

  it("whose objects are put into a Response is refused, and lets go of the connection to Heidi [R31]", async () => {
    await server.script(endless);
    const clinician = readyUserOf(server.url);
    await expect(new Response(clinician.askHeidi.ask("1", ASK).toReadableStream()).text()).rejects.toThrow(
      TypeError,
    );
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    await expect
      .poll(async () => {
        collect();
        return (await server.log()).some(({ closedAtMs }) => closedAtMs !== undefined);
      })
      .toBe(true);
  });
});
