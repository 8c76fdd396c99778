import { describe, expect, it } from "vitest";
import type { Identity } from "../../../src/auth/access-token-provider.ts";
import { createTokenCache, type ExchangeResponse } from "../../../src/auth/token-cache.ts";
import { fakeApi, fakeClock, gate, HOUR_MS, SCOPE, turns } from "./support.ts";

const user = (number: number): Identity => ({
  email: `dr${number}@clinic.example`,
  thirdPartyInternalId: `${number}`,
});

describe("a cache of many users", () => {
  it("keeps 15,000 of 100,000, and no timer for any [A35]", async () => {
    const clock = fakeClock();
    const body = { token: "jwt", expiration_time: "2024-08-01T01:00:00Z" };
    const exchange = async (): Promise<ExchangeResponse> => ({ body, roundTripMs: 20 });
    const cache = createTokenCache({ exchange, scope: SCOPE, clock });
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    for (let number = 0; number < 100_000; number += 1) await cache.forUser(user(number)).get();
    expect(cache.size).toBeLessThanOrEqual(15_000);
    expect(cache.size).toBeGreaterThan(14_700);
    expect(timers()).toBe(before);
    expect(cache.forUser(user(99_999)).peek()).toBeDefined();
    expect(cache.forUser(user(0)).peek()).toBeUndefined();
  });

  it("forgets the least used first, and who is forgotten just exchanges again [A35]", async () => {
    const clock = fakeClock();
    const api = fakeApi(clock);
    const cache = createTokenCache({ exchange: api.exchange, scope: SCOPE, clock, capacity: 10 });
    const busy = cache.forUser(user(0));
    const first = await busy.get();
    for (let number = 1; number < 1000; number += 1) {
      await cache.forUser(user(number)).get();
      expect(busy.peek()).toBe(first);
    }
    expect(cache.size).toBe(10);
    const asked = api.asked.length;
    await cache.forUser(user(1)).get();
    expect(api.asked).toHaveLength(asked + 1);
  });

  it("never forgets a user whose exchange is under way, and is back to its bound after a burst [A35]", async () => {
    const clock = fakeClock();
    const api = fakeApi(clock);
    const answer = gate();
    api.before = () => answer.opened;
    const cache = createTokenCache({ exchange: api.exchange, scope: SCOPE, clock, capacity: 10 });
    const twice = Array.from({ length: 200 }, (_, call) => cache.forUser(user(call % 100)).get());
    await turns();
    expect(api.asked).toHaveLength(100);
    answer.open();
    await Promise.all(twice);
    expect(cache.size).toBe(10);
  });

  it("drops expired users when others come [A35]", async () => {
    const clock = fakeClock();
    const cache = createTokenCache({ exchange: fakeApi(clock).exchange, scope: SCOPE, clock });
    for (let number = 0; number < 1000; number += 1) await cache.forUser(user(number)).get();
    clock.pass(2 * HOUR_MS);
    await cache.forUser(user(5000)).get();
    expect(cache.size).toBe(1);
  });

  it("keeps nothing of a user who was only named", () => {
    const clock = fakeClock();
    const cache = createTokenCache({ exchange: fakeApi(clock).exchange, scope: SCOPE, clock });
    for (let number = 0; number < 1000; number += 1) cache.forUser(user(number)).peek();
    expect(cache.size).toBe(0);
  });
});
