import { execFile } from "node:child_process";
import { truncateSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { createScratch } from "./support.ts";

const MIB = 1024 * 1024;
const SIZE = 1_200_000_000;
const child = fileURLToPath(new URL("memory-child.ts", import.meta.url));
const scratch = createScratch();
afterAll(() => scratch.remove());

describe("an upload of 1.2 GB", () => {
  it.each([
    ["recycle", 60 * MIB],
    ["fresh", 100 * MIB],
  ])(
    "takes the same memory as a small one (%s blocks) [D12]",
    async (mode, limit) => {
      const path = scratch.path(`${mode}.mp3`);
      writeFileSync(path, "");
      truncateSync(path, SIZE);
      const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", child, path, mode], {
        timeout: 800_000,
      });
      const { sent, growthBytes } = JSON.parse(stdout) as { sent: number; growthBytes: number };
      expect(sent).toBeGreaterThan(SIZE);
      expect(growthBytes).toBeLessThan(limit);
    },
    250_000,
  );
});
