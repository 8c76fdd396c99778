import { createClient, createKeyv } from "@keyv/redis";
import type { Keyv } from "keyv";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AccessTokenProvider } from "../../src/auth/access-token-provider.ts";
import { createTokenCache } from "../../src/auth/token-cache.ts";
import { durationMs } from "../stopwatch.ts";
import { openSlowLine } from "../wire/slow-line.ts";
import { hasRedis, RedisServer } from "./redis-server.ts";

const API_KEY = "key-of-the-tenant";
const EMAIL = "anna@clinic.example";
const LIFETIME_MS = 3_600_000;
/** Far above the quarter of a second per store call, far below for ever. */
const BOUND_MS = 4_000;

let server: RedisServer;
let warnings: string[];
let exchanges: number;
let cleanups: (() => unknown)[];

/** A client of its own, as another process would have it: the user numbered so. */
function connect(store: Keyv = keyv(), heard: string[] = warnings): (user: number) => AccessTokenProvider {
  const cache = createTokenCache({
    scope: { baseUrl: "https://heidi.example", apiKey: API_KEY },
    store,
    warn: (message) => void heard.push(message),
    async exchange({ thirdPartyInternalId }) {
      exchanges += 1;
      const token = `jwt.${thirdPartyInternalId}.${exchanges}`;
      const expiration = new Date(Date.now() + LIFETIME_MS).toISOString();
      return { body: { token, expiration_time: expiration }, roundTripMs: 1 };
    },
  });
  return (user) => cache.forUser({ email: EMAIL, thirdPartyInternalId: `ehr-${user}` });
}

type Redis = ReturnType<typeof openClient>;

function openClient(url = server.url) {
  const client = createClient({ url });
  cleanups.push(() => client.isOpen && client.destroy());
  return client;
}

/** As its documentation shows it: nobody listens to its errors. */
const keyv = (): Keyv => createKeyv(openClient());

/** The test's own view of the server. */
async function rawClient(): Promise<Redis> {
  const client = openClient();
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** Has new users ask until another process gets their token out of the store; at a gentle pace, for the test's time. */
async function untilShared(user: (number: number) => AccessTokenProvider): Promise<void> {
  const elsewhere = connect(keyv(), []);
  for (let number = 1_000; ; number += 1) {
    const { value } = await user(number).get();
    if ((await elsewhere(number).get()).value === value) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe.skipIf(!hasRedis)("a token store on Redis (needs redis-server)", () => {
  beforeEach(async () => {
    cleanups = [];
    warnings = [];
    exchanges = 0;
    server = await RedisServer.onFreePort();
    await server.start();
  });

  afterEach(async () => {
    for (const cleanup of cleanups) cleanup();
    await server.kill();
  });

  it("is a Keyv as it comes, and saves another process the exchange", async () => {
    const token = await connect()(1).get();
    expect((await connect()(1).get()).value).toBe(token.value);
    expect(exchanges).toBe(1);
    expect(warnings).toEqual([]);
  });

  it("holds no identity, key or token in clear [A5]", async () => {
    const token = await connect()(1).get();
    const client = await rawClient();
    const keys = await client.keys("*");
    expect(keys).toEqual([expect.stringMatching(/heidi-token-v1:[\w-]{43}$/)]);
    const everything = `${keys[0]} ${await client.get(keys[0] ?? "")}`;
    for (const secret of [API_KEY, EMAIL, "ehr-1", token.value]) expect(everything).not.toContain(secret);
  });

  it("drops every entry before its token ends [A34]", async () => {
    await connect()(1).get();
    const client = await rawClient();
    const [key = ""] = await client.keys("*");
    const ttlMs = await client.pTTL(key);
    expect(ttlMs).toBeLessThanOrEqual(LIFETIME_MS - 120_000);
    expect(ttlMs).toBeGreaterThan(LIFETIME_MS - 180_000);
  });

  it("whose entries were tampered with is as good as empty, and repaired [A26][A27]", async () => {
    await connect()(1).get();
    const client = await rawClient();
    const [key = ""] = await client.keys("*");
    await connect()(2).get();
    const other = (await client.keys("*")).find((name) => name !== key) ?? "";
    const copied = (await client.get(other)) ?? "";
    const poison = [
      copied,
      "",
      "{",
      "null",
      '{"value":{"token":1}}',
      '{"value":"jwt.of.mallory"}',
      '{"__proto__":{"x":1}}',
    ];
    for (const row of poison) {
      await client.set(key, row);
      const { value } = await connect()(1).get();
      expect(value).toMatch(/^jwt\.ehr-1\./);
      expect((await connect()(1).get()).value).toBe(value); // repaired
    }
    expect(exchanges).toBe(2 + poison.length);
  });

  it.each([1_000, 2_000])(
    "whose first answer takes %d ms is used from the first burst on, by each process [R36]",
    async (firstMs) => {
      const line = await openSlowLine({ port: server.port, delayMs: 0, firstMs });
      cleanups.push(() => line.close());
      const users = Array.from({ length: 20 }, (_, number) => number);
      // Three processes of a fleet start one after the other, each with a burst over a connection of its own.
      const seen: string[][] = [];
      for (let process = 0; process < 3; process += 1) {
        const user = connect(createKeyv(openClient(`redis://127.0.0.1:${line.port}`)));
        const tokens = await Promise.all(users.map((number) => user(number).get()));
        seen.push(tokens.map(({ value }) => value));
        // Its tokens are written behind the call's back.
        const raw = await rawClient();
        await expect.poll(async () => (await raw.keys("*")).length).toBe(users.length);
      }
      expect(exchanges).toBe(users.length);
      expect(seen[1]).toEqual(seen[0]);
      expect(seen[2]).toEqual(seen[0]);
      expect(warnings).toEqual([]);
    },
  );

  it("that is not there at the start is done without, with one warning [A28]", async () => {
    await server.kill();
    const user = connect();
    for (let number = 0; number < 20; number += 1) {
      expect(await durationMs(user(number).get())).toBeLessThan(BOUND_MS);
    }
    expect(exchanges).toBe(20);
    expect(warnings).toHaveLength(1);
  });

  it("that pauses its clients slows a call down by little, and only the first ones [A29]", async () => {
    const user = connect();
    await user(1).get();
    const client = await rawClient();
    await client.sendCommand(["CLIENT", "PAUSE", "10000", "ALL"]);
    expect(await durationMs(user(2).get())).toBeLessThan(BOUND_MS);
    const others = async (): Promise<void> => {
      for (let number = 3; number < 53; number += 1) await user(number).get();
    };
    const rest = others();
    expect(await durationMs(rest)).toBeLessThan(BOUND_MS);
    await rest;
    expect(exchanges).toBe(52);
    expect(warnings).toHaveLength(1);
  });

  it("that is frozen is done without, and used again once it thaws [A29][A30]", async () => {
    const user = connect();
    await user(1).get();
    server.freeze();
    for (let number = 2; number < 22; number += 1) {
      expect(await durationMs(user(number).get())).toBeLessThan(BOUND_MS);
    }
    expect(exchanges).toBe(21);
    server.thaw();
    await untilShared(user);
    expect(warnings).toHaveLength(1);
  });

  it("that is killed and started again is done without, then used again [A30]", async () => {
    const user = connect();
    const first = await user(1).get();
    await server.kill();
    for (let number = 2; number < 12; number += 1) {
      expect(await durationMs(user(number).get())).toBeLessThan(BOUND_MS);
    }
    expect(user(1).peek()).toBe(first);
    await server.start();
    await untilShared(user);
    expect(warnings).toHaveLength(1);
  });
});
