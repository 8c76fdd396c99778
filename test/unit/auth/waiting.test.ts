import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { HeidiAbortError, HeidiConnectionError, HeidiTimeoutError } from "../../../src/errors.ts";
import { ANNA, BEN, failure, gate, setup, turns } from "./support.ts";

describe("a caller who gives up", () => {
  it("is told so at once while the others get their token [A7]", async () => {
    const { api, cache } = setup();
    const answer = gate();
    api.before = () => answer.opened;
    const controller = new AbortController();
    const reason = new Error("the user left");
    const impatient = failure(cache.forUser(ANNA).get({ signal: controller.signal }));
    const patient = cache.forUser(ANNA).get({ signal: new AbortController().signal });
    await turns();
    controller.abort(reason);
    const error = await impatient;
    expect(error).toBeInstanceOf(HeidiAbortError);
    expect(error).toMatchObject({ cause: reason, outcome: "not-sent" });
    expect(api.signals[0]?.aborted).toBe(false);
    answer.open();
    expect((await patient).value).toBe("jwt.ehr-1.1");
  });

  it("gets the SDK's own reason, such as a deadline", async () => {
    const { api, cache } = setup();
    api.before = () => new Promise(() => undefined);
    const controller = new AbortController();
    const late = new HeidiTimeoutError("too late");
    const waiting = failure(cache.forUser(ANNA).get({ signal: controller.signal }));
    controller.abort(late);
    const error = await waiting;
    expect(error).toBeInstanceOf(HeidiTimeoutError);
    expect(error.message).toBe(late.message);
  });

  it("ends the exchange when it was the last one, in silence, and the next call starts afresh [A8]", async () => {
    const { api, cache } = setup();
    const source = cache.forUser(ANNA);
    const answer = gate();
    api.before = async (count) => {
      if (count > 1) return;
      await answer.opened;
      throw new HeidiConnectionError("closed while nobody listens");
    };
    const controllers = [new AbortController(), new AbortController()];
    const waiting = controllers.map(({ signal }) => failure(source.get({ signal })));
    await turns();
    for (const controller of controllers) controller.abort();
    await Promise.all(waiting);
    expect(api.signals[0]?.aborted).toBe(true);
    expect((await source.get()).value).toBe("jwt.ehr-1.2");
    answer.open(); // its failure now concerns nobody; an unhandled rejection would fail the run
    await turns();
    expect(source.peek()?.value).toBe("jwt.ehr-1.2");
  });

  it("does not bring an old token back when the exchange that it left succeeds late [A8][A15]", async () => {
    const { api, cache } = setup();
    const source = cache.forUser(ANNA);
    const answer = gate();
    api.before = (count) => (count === 1 ? answer.opened : undefined);
    const controller = new AbortController();
    const waiting = failure(source.get({ signal: controller.signal }));
    await turns();
    controller.abort();
    await waiting;
    await source.get();
    answer.open();
    await turns();
    expect(source.peek()?.value).toBe("jwt.ehr-1.2");
  });

  it("leaves no listener on its signal behind, whatever happened", async () => {
    const { api, cache, clock } = setup();
    const controller = new AbortController();
    const { signal } = controller;
    await cache.forUser(ANNA).get({ signal });
    clock.pass(7_200_000);
    api.before = () => {
      throw new HeidiConnectionError("no");
    };
    await failure(cache.forUser(ANNA).get({ signal }));
    await turns();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("before it began causes no exchange", async () => {
    const { api, cache } = setup();
    expect(await failure(cache.forUser(ANNA).get({ signal: AbortSignal.abort() }))).toBeInstanceOf(
      HeidiAbortError,
    );
    await turns();
    expect(api.asked).toHaveLength(0);
  });
});

describe("closing", () => {
  it("aborts the exchange, rejects who waits and refuses later calls", async () => {
    const { api, cache } = setup();
    await cache.forUser(BEN).get();
    api.before = () => new Promise(() => undefined);
    const waiting = failure(cache.forUser(ANNA).get());
    await turns();
    cache.close();
    cache.close();
    expect(await waiting).toBeInstanceOf(HeidiAbortError);
    expect(api.signals.at(-1)?.aborted).toBe(true);
    expect(cache.forUser(BEN).peek()).toBeUndefined();
    expect(await failure(cache.forUser(BEN).get())).toBeInstanceOf(HeidiAbortError);
    expect(cache.size).toBe(0);
  });
});
