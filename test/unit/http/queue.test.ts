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

  it("costs the same per item however long it is [E12]", () => {
    const secondsOf = (items: number): number => {
      const queue = new Queue<object>();
      for (let count = 0; count < items; count += 1) queue.push({});
      const startedMs = performance.now();
      while (!queue.isEmpty) queue.shift();
      return performance.now() - startedMs;
    };
    secondsOf(10_000);
    // 16 times as many take about 16 times as long; an array's own shift() takes hundreds of times.
    const best = (items: number): number => Math.min(...[1, 2, 3].map(() => secondsOf(items)));
    expect(best(640_000)).toBeLessThan(Math.max(best(40_000), 0.2) * 100);
  });
});
