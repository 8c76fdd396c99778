import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Queue } from "../../../src/utils/queue.ts";

describe("a queue", () => {
  it("gives out what was put in, in its order, whatever is pushed and shifted in between", () => {
    void fc.assert(
      fc.property(fc.array(fc.integer({ min: -3_000, max: 3_000 }), { maxLength: 30 }), (steps) => {
        const queue = new Queue<{ readonly id: number }>();
        const model: number[] = [];
        let next = 0;
        for (const step of steps) {
          for (let count = 0; count < step; count += 1) {
            queue.push({ id: next });
            model.push(next);
            next += 1;
          }
          for (let count = 0; count > step; count -= 1) expect(queue.shift()?.id).toBe(model.shift());
          expect(queue.isEmpty).toBe(model.length === 0);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("costs the same per item however long it is: none is moved more than once [E12]", () => {
    const items = 200_000;
    const queue = new Queue<object>();
    for (let count = 0; count < items; count += 1) queue.push({});
    let moved = 0;
    const { slice, shift, splice } = Array.prototype;
    const refuse = (): never => {
      throw new Error("moves all items");
    };
    Object.assign(Array.prototype, {
      slice(this: unknown[], from?: number, to?: number) {
        moved += this.length - (from ?? 0);
        return slice.call(this, from, to);
      },
      shift: refuse,
      splice: refuse,
    });
    try {
      while (!queue.isEmpty) queue.shift();
    } finally {
      Object.assign(Array.prototype, { slice, shift, splice });
    }
    expect(moved).toBeGreaterThan(0);
    expect(moved).toBeLessThanOrEqual(items);
  });
});
