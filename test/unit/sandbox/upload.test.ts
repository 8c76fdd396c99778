import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("./upload-server.ts", import.meta.url));

it("receives 200 MB through either door in constant memory", async () => {
  const child = spawn(process.execPath, ["--import", "tsx", "--expose-gc", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += String(chunk);
  });
  const code = await new Promise((resolve) => child.on("exit", resolve));
  expect(code).toBe(0);
  const results = JSON.parse(output) as {
    door: string;
    status: number;
    sizeBytes: number;
    grownBytes: number;
  }[];
  expect(results.map(({ door, status, sizeBytes }) => [door, status, sizeBytes])).toEqual([
    ["http", 200, 200 * 1024 * 1024],
    ["in-process", 200, 200 * 1024 * 1024],
  ]);
  for (const { door, grownBytes } of results) expect(grownBytes, door).toBeLessThan(60 * 1024 * 1024);
});
