import { createClient, createKeyv } from "@keyv/redis";
import type { TokenLock } from "../../src/auth/lock.ts";
import { createTokenCache } from "../../src/auth/token-cache.ts";

// One process of a fleet: 20 callers want the same user's token at once. Prints the tokens they got.

const [redisUrl = "", exchangeUrl = "", withLock] = process.argv.slice(2);
const client = createClient({ url: redisUrl });
client.on("error", () => undefined);
await client.connect();

// As the documentation of TokenLock shows it.
const lock: TokenLock = {
  async acquire(key, ttlMs) {
    const owner = crypto.randomUUID();
    if ((await client.set(key, owner, { NX: true, PX: ttlMs })) === null) return undefined;
    const script = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end";
    return () => client.eval(script, { keys: [key], arguments: [owner] });
  },
};

const store = createKeyv(redisUrl);
const cache = createTokenCache({
  scope: { baseUrl: "https://heidi.example", apiKey: "key" },
  store,
  lock: withLock === "lock" ? lock : undefined,
  async exchange() {
    const startedMs = performance.now();
    const response = await fetch(exchangeUrl);
    return { body: await response.json(), roundTripMs: performance.now() - startedMs };
  },
});
const source = cache.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });
const tokens = await Promise.all(Array.from({ length: 20 }, () => source.get()));
console.log(JSON.stringify([...new Set(tokens.map(({ value }) => value))]));
await store.disconnect();
await client.quit();
