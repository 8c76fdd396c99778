import fc from "fast-check";
import { HeidiArgumentError } from "heidi-health-sdk";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type FaultServer, startFaultServer } from "./harness.ts";
import { closeAll, readyUserOf } from "./sdk.ts";

const PREFIX = "/api/v2/ml-scribe/open-api";

let server: FaultServer;
beforeAll(async () => {
  server = await startFaultServer();
});
afterEach(closeAll);
afterAll(() => server.close());

it("an id arrives as one segment of the path, whatever it is, or nothing is sent [G1]", async () => {
  const nasty = [
    "..",
    "%2e%2e",
    "../x",
    "a/b",
    "a\\b",
    "?",
    "#",
    "\0",
    "\r\nx: 1",
    "..;",
    "．．",
    "//evil.example",
    " ",
    "ä😀",
    "%",
  ];
  const piece = fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: "binary", maxLength: 6 }));
  const ids = fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join(""));
  const clinician = readyUserOf(`${server.url}${PREFIX}`);
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(ids, async (id) => {
      await server.reset();
      try {
        await clinician.sessionContext.listDocuments(id, { maxRetries: 2 });
      } catch (error) {
        expect(error).toBeInstanceOf(HeidiArgumentError);
        expect(await server.requests()).toEqual([]);
        return;
      }
      sent += 1;
      const requests = await server.requests();
      expect(requests).toHaveLength(1);
      const { target = "" } = requests[0] ?? {};
      expect(new URL(target, server.url).pathname).toBe(target);
      const segments = target.slice(PREFIX.length + 1).split("/");
      expect([target.startsWith(`${PREFIX}/`), ...segments.map(decodeURIComponent)]).toEqual([
        true,
        "sessions",
        id,
        "context-documents",
      ]);
    }),
    { numRuns: 150 },
  );
  expect(sent).toBeGreaterThan(20);
});
