import { createKeyv } from "@keyv/redis";
import type { TokenLock, TokenStore } from "heidi-health-sdk";
import type { Redis } from "ioredis";

/** One token per clinician for all workers: sealed, under hashed names. */
export const createTokenStore = (redisUrl: string): TokenStore => createKeyv(redisUrl);

const RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end";

/** Has one worker exchange a token while the others wait for it. */
export function createTokenLock(redis: Redis): TokenLock {
  return {
    async acquire(key, ttlMs) {
      const owner = crypto.randomUUID();
      if ((await redis.set(key, owner, "PX", ttlMs, "NX")) === null) return undefined;
      return () => redis.eval(RELEASE, 1, key, owner);
    },
  };
}
