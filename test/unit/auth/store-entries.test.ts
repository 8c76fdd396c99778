import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenCipher } from "../../../src/auth/token-cipher.ts";
import { MapStore } from "./map-store.ts";
import { api, process, warnings } from "./processes.ts";
import { BEN, SCOPE } from "./support.ts";

describe("an entry that is not what this SDK wrote", () => {
  it("for another user, copied over this one's, is a miss, replaced and reported [A26]", async () => {
    const store = new MapStore();
    await process(store).get();
    const [annasKey] = store.only();
    await process(store, BEN).get();
    const bens = [...store.rows.entries()].find(([key]) => key !== annasKey)?.[1].value;
    store.rows.set(annasKey, { value: bens, ttlMs: 1 });
    expect((await process(store).get()).value).toBe("jwt.ehr-1.3");
    expect(store.rows.get(annasKey)?.value).not.toBe(bens);
    expect(warnings).toEqual([expect.stringMatching(/replaced/)]);
    expect((await process(store).get()).value).toBe("jwt.ehr-1.3");
  });

  it("but a token in clear is a miss: nobody without the API key can plant one [A26]", async () => {
    const store = new MapStore();
    await process(store).get();
    const [key] = store.only();
    const planted = { token: "jwt.of.mallory", expiration_time: "2099-01-01T00:00:00Z" };
    for (const value of [planted, JSON.stringify(planted), btoa(JSON.stringify(planted))]) {
      store.rows.set(key, { value, ttlMs: 1 });
      expect((await process(store).get()).value).toMatch(/^jwt\.ehr-1/);
    }
  });

  it("with any one character changed is a miss [A26]", async () => {
    const store = new MapStore();
    await process(store).get();
    const [key, { value }] = store.only();
    const sealed = String(value);
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length - 4), async (at) => {
        const changed = sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1);
        store.rows.set(key, { value: changed, ttlMs: 1 });
        const before = api.asked.length;
        await process(store).get();
        expect(api.asked).toHaveLength(before + 1);
      }),
      { numRuns: 50 },
    );
  });

  const hostile = (): unknown =>
    new Proxy({}, { get: () => expect.unreachable("a stored object was looked into") });

  it.each([
    ["an empty text", ""],
    ["half of a JSON", "{"],
    ["a token that is a number", '{"token":1}'],
    ["an object", { token: 1 }],
    ["50 MB", "A".repeat(50_000_000)],
    ["a prototype", JSON.parse('{"__proto__":{"polluted":true}}')],
    ["a prototype as text", '{"__proto__":{"polluted":true}}'],
    ["a number", 7],
    ["false", false],
    ["an array", []],
    ["bytes", new Uint8Array(40)],
    ["short base64", "AAAA"],
    ["an object that must not be touched", hostile],
  ])("but %s is a miss and harms nothing [A27]", async (_, value) => {
    const store = new MapStore();
    store.get = () => (typeof value === "function" ? value() : value);
    expect((await process(store).get()).value).toBe("jwt.ehr-1.1");
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(store.rows.size).toBe(1);
    expect(warnings).toHaveLength(1);
  });

  it.each([undefined, null])("but %s is just a miss [A27]", async (value) => {
    const store = new MapStore();
    store.get = () => value;
    await process(store).get();
    expect(warnings).toEqual([]);
  });

  it("whatever it is, is a miss [A27]", async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (value) => {
        const store = new MapStore();
        store.get = () => value;
        expect((await process(store).get()).value).toMatch(/^jwt\.ehr-1/);
      }),
    );
  });

  it("of another version, sealed with the right key, is a miss [A27]", async () => {
    const store = new MapStore();
    await process(store).get();
    const [key] = store.only();
    const seal = TokenCipher.for(SCOPE);
    for (const entry of [
      "",
      "{}",
      "null",
      "[]",
      '["a b","",9e15,0]',
      '["jwt","",null,0]',
      '["jwt",7,9e15,0]',
    ]) {
      store.rows.set(key, { value: await seal?.encrypt(key, entry), ttlMs: 1 });
      const before = api.asked.length;
      await process(store).get();
      expect(api.asked).toHaveLength(before + 1);
    }
  });
});
