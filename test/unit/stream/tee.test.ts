import { describe, expect, it } from "vitest";
import { HeidiAbortError, HeidiStreamError } from "../../../src/errors.ts";
import { TEE_MAX_ITEMS } from "../../../src/stream/tee.ts";
import { failureOf, open, settle, TestReader } from "./support.ts";

const A = '{"data":"a"}\n';
const B = '{"data":"b"}\n';

describe("tee()", () => {
  it("both branches give everything, from one request, together or one after the other [E28]", async () => {
    const opened = open(new TestReader([A, B + A, B]));
    const [first, second] = opened.stream.tee();
    expect(await Promise.all([first.text(), second.toArray()])).toEqual([
      "abab",
      [A, B, A, B].map((line) => JSON.parse(line)),
    ]);
    expect(opened.opens).toBe(1);
    const [left, right] = open(new TestReader([A, B])).stream.tee();
    expect([await left.text(), await right.text()]).toEqual(["ab", "ab"]);
  });

  it("the branch that is ahead waits while the other one has its share waiting [E28]", async () => {
    const opened = open(new TestReader(Array.from({ length: TEE_MAX_ITEMS + 50 }, () => A)));
    const [fast, slow] = opened.stream.tee();
    const all = fast.toArray();
    const iterator = slow[Symbol.asyncIterator]();
    for (let quiet = -1; quiet !== opened.reader.reads; ) {
      quiet = opened.reader.reads;
      for (let i = 0; i < 50; i++) await settle();
    }
    expect(opened.reader.reads).toBe(TEE_MAX_ITEMS);
    await iterator.next();
    await settle();
    expect(opened.reader.reads).toBe(TEE_MAX_ITEMS + 1);
    let rest = 1;
    while (!(await iterator.next()).done) rest++;
    expect([rest, (await all).length]).toEqual([TEE_MAX_ITEMS + 50, TEE_MAX_ITEMS + 50]);
  });

  it("a branch that is left holds nobody up; the connection closes with the second one [E17] [E28]", async () => {
    const opened = open(new TestReader([A, B, A, B]));
    const [first, second] = opened.stream.tee();
    for await (const _ of first) break;
    expect(opened.reader.cancels).toBe(0);
    const iterator = second[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toEqual({ data: "a" });
    expect((await iterator.next()).value).toEqual({ data: "b" });
    await iterator.return?.();
    expect(opened.reader.cancels).toBe(1);
  });

  it("a fault reaches both after what they had, an abort only its branch [E20] [E28]", async () => {
    const [first, second] = open(new TestReader([A, "nope"])).stream.tee();
    const failures = await Promise.all([failureOf(first.text()), failureOf(second.text())]);
    for (const failure of failures) expect(failure).toMatchObject({ fault: "malformed", partialText: "a" });
    expect(failures[0]).toBeInstanceOf(HeidiStreamError);
    const reason = new Error("enough");
    const [left, right] = open(new TestReader([A, B])).stream.tee();
    left.abort(reason);
    const error = await failureOf(left.text());
    expect([error instanceof HeidiAbortError, error.cause]).toEqual([true, reason]);
    expect(await right.text()).toBe("ab");
  });

  it("a branch has its own limit of text and can be teed again [E25]", async () => {
    const [first, second] = open(new TestReader([A + B + A])).stream.tee();
    const [third, fourth] = second.tee();
    const results = Promise.all([failureOf(first.text({ maxLength: 2 })), third.text(), fourth.text()]);
    expect(await results).toMatchObject([{ fault: "too-long", partialText: "ab" }, "aba", "aba"]);
  });

  it("branches that are left before they are read close a request that was sent, and send none that was not [E17]", async () => {
    const opened = open(new TestReader([A, B]));
    await opened.stream.withResponse();
    const branches = opened.stream.tee();
    for (const branch of branches) await branch[Symbol.asyncDispose]();
    await expect.poll(() => opened.reader.cancels).toBe(1);
    const unsent = open(new TestReader([A, B]));
    for (const branch of unsent.stream.tee()) branch.abort("no longer needed");
    await settle();
    expect([unsent.opens, unsent.reader.cancels]).toEqual([0, 0]);
  });

  it("a branch that is left before the other one is read blocks nothing [E28]", async () => {
    const opened = open(new TestReader([A, B, A]));
    const [first, second] = opened.stream.tee();
    await first[Symbol.asyncDispose]();
    expect(await second.text()).toBe("aba");
    expect(await failureOf(first.text())).toBeInstanceOf(HeidiAbortError);
  });
});
