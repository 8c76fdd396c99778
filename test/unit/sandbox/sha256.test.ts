import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Sha256 } from "../../../src/sandbox/sha256.ts";

it("hashes as the platform does, however the data is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 12 }), (chunks) => {
      const own = new Sha256();
      for (const chunk of chunks) own.update(chunk);
      const expected = createHash("sha256").update(Buffer.concat(chunks)).digest("hex");
      expect(own.hex()).toBe(expected);
    }),
    { numRuns: 300 },
  );
  for (const size of [0, 55, 56, 63, 64, 65, 119, 120, 128]) {
    const data = new Uint8Array(size).fill(size);
    expect(new Sha256().update(data).hex()).toBe(createHash("sha256").update(data).digest("hex"));
  }
});
