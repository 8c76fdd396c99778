import { HeidiConnectionError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { Lazy, loadChunk } from "../../src/utils/lazy.ts";

describe("a part of the SDK that is loaded on its first use", () => {
  it("and cannot be, is told as a connection that failed before anything was sent", async () => {
    const cause = new TypeError("Failed to fetch dynamically imported module");
    const error: unknown = await loadChunk(Promise.reject(cause)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HeidiConnectionError);
    expect(error).toMatchObject({ outcome: "not-sent", cause });
  });

  it("is tried again by the next use, and made once, although none waits for another", async () => {
    let loads = 0;
    const lazy = new Lazy(
      () => {
        loads += 1;
        return loads === 1 ? Promise.reject(new Error("offline")) : Promise.resolve({ name: "part" });
      },
      ({ name }) => ({ name }),
    );
    await expect(lazy.make()).rejects.toBeInstanceOf(HeidiConnectionError);
    expect(lazy.made).toBeUndefined();
    const [first, second] = await Promise.all([lazy.make(), lazy.make()]);
    expect(first).toBe(second);
    expect(lazy.made).toBe(first);
    expect(loads).toBe(3);
  });

  it("is ended also when the end comes while it is made, and not made for its end", async () => {
    const ended: string[] = [];
    const lazy = new Lazy(
      () => Promise.resolve("a"),
      (name) => name,
    );
    lazy.end((name) => ended.push(name));
    expect(lazy.made).toBeUndefined();
    const making = lazy.make();
    lazy.end((name) => ended.push(name));
    await making;
    expect(ended).toEqual(["a"]);
  });
});
