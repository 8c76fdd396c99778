import { describe, expect, it } from "vitest";
import { ProgressPace } from "../../../src/upload/multipart-encoder.ts";

function run(msPerByte: number, pieces: number): number[] {
  let now = 0;
  const pace = new ProgressPace(() => now);
  return Array.from({ length: pieces }, () => {
    const size = pace.next();
    pace.sent(size);
    now += size * msPerByte;
    return size;
  });
}

describe("the pace of an upload", () => {
  it("grows to a whole block on a fast link", () => {
    const sizes = run(0.000_001, 60);
    expect(sizes[0]).toBe(65_536);
    expect(sizes.at(-1)).toBe(1_048_576);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  });

  it("keeps a 64 kbit/s link from looking stalled: no piece takes 20 s [D17]", () => {
    const msPerByte = 1000 / 8000;
    expect(Math.max(...run(msPerByte, 200)) * msPerByte).toBeLessThan(20_000);
  });

  it("falls back at once when a fast link turns slow", () => {
    let now = 0;
    const pace = new ProgressPace(() => now);
    for (let sent = 0; sent < 60; sent++) pace.sent(pace.next());
    now += 5000;
    expect(pace.next()).toBe(65_536);
  });
});
