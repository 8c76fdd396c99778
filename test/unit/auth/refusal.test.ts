import { describe, expect, it } from "vitest";
import {
  type ApiErrorParts,
  HeidiAuthenticationError,
  HeidiPermissionError,
} from "../../../src/api-errors.ts";
import { HeidiConnectionError } from "../../../src/errors.ts";
import { ANNA, BEN, failure, gate, setup, turns } from "./support.ts";

const parts = (status: number): ApiErrorParts => ({
  status,
  headers: new Headers(),
  type: undefined,
  detail: undefined,
  body: "",
});

describe("a token that the API refused", () => {
  it("is exchanged once and the call gets the new one [A9]", async () => {
    const { api, cache } = setup();
    const source = cache.forUser(ANNA);
    const old = await source.get();
    source.invalidate(old);
    expect(source.peek()).toBeUndefined();
    expect((await source.get()).value).toBe("jwt.ehr-1.2");
    expect(api.asked).toHaveLength(2);
  });

  it("costs one more exchange and no loop when the new one is refused as well [A10]", async () => {
    const { api, cache } = setup();
    const source = cache.forUser(ANNA);
    source.invalidate(await source.get());
    source.invalidate(await source.get());
    await turns();
    expect(api.asked).toHaveLength(2);
  });

  it("by 200 calls at once is exchanged once [A11]", async () => {
    const { api, cache } = setup();
    const source = cache.forUser(ANNA);
    const old = await source.get();
    const replays = Array.from({ length: 200 }, async (_, call) => {
      await turns(call % 7); // the 401s arrive before, during and after the exchange that the first one causes
      source.invalidate(old);
      return (source.peek() ?? (await source.get())).value;
    });
    expect(new Set(await Promise.all(replays))).toEqual(new Set(["jwt.ehr-1.2"]));
    expect(api.asked).toHaveLength(2);
  });

  it("is not replaced by an exchange that had begun before the refusal [A15]", async () => {
    const { api, cache, clock } = setup();
    const source = cache.forUser(ANNA);
    const old = await source.get();
    const answer = gate();
    api.before = (count) => (count === 2 ? answer.opened : undefined);
    clock.pass(3_600_000 - 20_000);
    const waiting = source.get(); // joins the exchange that is due
    await turns();
    source.invalidate(old);
    expect((await source.get()).value).toBe("jwt.ehr-1.3");
    answer.open();
    expect((await waiting).value).toBe("jwt.ehr-1.2");
    expect(source.peek()?.value).toBe("jwt.ehr-1.3");
  });
});

describe("an exchange that the API refuses", () => {
  it.each([
    [401, new HeidiAuthenticationError("refused", parts(401))],
    [403, new HeidiPermissionError("forbidden", parts(403))],
  ])("with %d is not asked again for a minute, and then is [A13]", async (_, refused) => {
    const { api, cache, clock } = setup();
    const source = cache.forUser(ANNA);
    api.before = () => {
      throw refused;
    };
    const first = await failure(source.get());
    clock.pass(59_000);
    const second = await failure(source.get());
    expect(second).not.toBe(first);
    for (const error of [first, second]) {
      expect(error.constructor).toBe(refused.constructor);
      expect(error.message).toBe(refused.message);
    }
    expect(api.asked).toHaveLength(1);
    api.before = () => undefined;
    expect((await cache.forUser(BEN).get()).value).toBe("jwt.ehr-2.2"); // another user is not held liable
    clock.pass(1_000);
    expect((await source.get()).value).toBe("jwt.ehr-1.3");
  });

  it("for another reason is asked again by the next call", async () => {
    const { api, cache } = setup();
    api.before = (count) => {
      if (count === 1) throw new HeidiConnectionError("gone");
    };
    await failure(cache.forUser(ANNA).get());
    await cache.forUser(ANNA).get();
    expect(api.asked).toHaveLength(2);
  });
});
