import { readdir, readFile } from "node:fs/promises";
import { expect, it } from "vitest";

it("keeps everything of Node in the listeners and in one platform file, so that the core can run anywhere", async () => {
  const root = new URL("../../../src/sandbox/", import.meta.url);
  const files = (await readdir(root, { recursive: true })).filter((file) => file.endsWith(".ts"));
  const users: string[] = [];
  for (const file of files) {
    if (/from "(node:|undici)/.test(await readFile(new URL(file, root), "utf8"))) users.push(file);
  }
  expect(users.sort()).toEqual(["listeners/cors.ts", "listeners/http.ts", "platform-node.ts"]);
  expect(files.length).toBeGreaterThan(30);
});
