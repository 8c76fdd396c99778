import type { ConsultJournal, ConsultState } from "heidi-health-sdk";
import type { Redis } from "ioredis";

const DAYS_30_MS = 30 * 24 * 60 * 60 * 1000;

// Saves a state only when it follows the one that is there: a worker that was taken for dead, and is not, finds its
// journal moved on and stops before it sends anything.
const SAVE = `
  local there = redis.call("get", KEYS[1])
  local revision = there and cjson.decode(there).revision or 0
  if revision + 1 ~= tonumber(ARGV[1]) then return 0 end
  redis.call("set", KEYS[1], ARGV[2], "px", ARGV[3])
  return 1
`;

/** The journal of one consult as a key in Redis. */
export function redisJournal(redis: Redis, consult: string): ConsultJournal {
  const key = `consult-journal:${consult}`;
  return {
    load: async () => JSON.parse((await redis.get(key)) ?? "null") as unknown,
    save: async (state: ConsultState) => {
      const saved = await redis.eval(SAVE, 1, key, state.revision, JSON.stringify(state), DAYS_30_MS);
      if (saved !== 1) throw new Error("another worker goes on with this consult");
    },
  };
}
