import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { until } from "../until.ts";
import { fromNpm } from "./programs.ts";
import { end, type Running, startWorkerd } from "./start.ts";

const LIFETIME_MS = 6_000;
/** An exchange takes longer than the call that begins it ahead of time. */
const EXCHANGE_MS = 700;
const PATIENCE_MS = 120_000;

const matrix = inject("matrix");
const command = fromNpm("workerd", "workerd/bin/workerd");

interface Exchange {
  readonly beganMs: number;
  readonly expiresMs: number;
}

/** Heidi's side: tokens that end soon. */
class ShortTokens {
  readonly exchanges: Exchange[] = [];
  readonly #server: Server = createServer((request, response) => {
    if (request.url === "/begun") {
      response.end(String(this.exchanges.length));
      return;
    }
    if (request.url?.split("?")[0] !== "/jwt") {
      response.setHeader("content-type", "application/json");
      response.end('{"data":[]}');
      return;
    }
    const beganMs = Date.now();
    const expiresMs = beganMs + EXCHANGE_MS + LIFETIME_MS;
    this.exchanges.push({ beganMs, expiresMs });
    setTimeout(() => {
      const expiration_time = new Date(expiresMs).toISOString();
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ token: `jwt-${this.exchanges.length}`, expiration_time }));
    }, EXCHANGE_MS);
  });

  async listen(): Promise<string> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return `http://127.0.0.1:${address.port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

describe.skipIf(command === undefined)("a client in a Worker's module (needs workerd)", () => {
  let running: Running | undefined;
  let url = "";

  beforeAll(async () => {
    const started = await startWorkerd(command ?? "", matrix.folder, "workerd-tokens");
    ({ running, url } = started);
    // It answers, if only with an error, as soon as it listens.
    await until(() =>
      fetch(url).then(
        () => true,
        () => false,
      ),
    );
  });
  afterAll(() => running && end(running));

  const ask = async (
    body: object,
    signal: AbortSignal = AbortSignal.timeout(PATIENCE_MS),
  ): Promise<string> => {
    const response = await fetch(url, { method: "POST", body: JSON.stringify(body), signal });
    return response.text();
  };

  it.each(["key", "provider", "key, waitUntil", "provider, waitUntil"])(
    "with %s answers every request while its tokens end, whichever request began an exchange [R44]",
    async (kind) => {
      const tokens = new ShortTokens();
      const baseUrl = await tokens.listen();
      try {
        const answers: string[] = [];
        while (tokens.exchanges.length < 4) {
          answers.push(await ask({ kind, baseUrl }));
          await sleep(100);
        }
        answers.push(await ask({ kind, baseUrl }));
        expect(answers.filter((answer) => answer !== "done")).toEqual([]);
        // Ahead of the end only where something keeps the work alive.
        const [first, second] = tokens.exchanges;
        expect((second?.beganMs ?? 0) < (first?.expiresMs ?? 0)).toBe(kind.endsWith("waitUntil"));
      } finally {
        tokens.close();
      }
    },
  );

  it.each(["key, left", "provider, left"])(
    "with %s answers everybody after a request that ended during its exchange [R44]",
    async (kind) => {
      const tokens = new ShortTokens();
      const baseUrl = await tokens.listen();
      try {
        expect(await ask({ kind, baseUrl, leaves: true })).toBe("left");
        const answers = await Promise.all([1, 2, 3].map(() => ask({ kind, baseUrl })));
        expect(answers).toEqual(["done", "done", "done"]);
        expect(await ask({ kind, baseUrl })).toBe("done");
        // The first one went with its request.
        expect(tokens.exchanges.length).toBeGreaterThan(1);
      } finally {
        tokens.close();
      }
    },
  );
});
