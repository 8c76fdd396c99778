import { gzipSync } from "node:zlib";
import { HeidiDecodeError } from "heidi-health-sdk";
import { expect, it } from "vitest";
import { decodeBody } from "../../../src/http/undici-decompress.ts";
import { TestReader } from "../stream/support.ts";

it("a compressed body that is damaged fails at every read from then on, and never ends [B40]", async () => {
  const whole = gzipSync("the patient's words");
  const reader = decodeBody(new TestReader([whole.subarray(0, 20)]), "gzip");
  const failures: unknown[] = [];
  for (let count = 0; count < 20 && failures.length < 3; count += 1)
    await reader.read().catch((error: unknown) => failures.push(error));
  expect(failures).toHaveLength(3);
  for (const failure of failures) expect(failure).toBeInstanceOf(HeidiDecodeError);
});
