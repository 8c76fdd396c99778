import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";
import { type FaultServer, startFaultServer } from "./harness.ts";
import { closeAll, withoutBackoff } from "./sdk.ts";

/** One fault server for the tests of a file. Each of them finds it without rules, has no back-off, and leaves no client. */
export function useFaultServer(take: (server: FaultServer) => void): void {
  let server: FaultServer;
  beforeAll(async () => {
    server = await startFaultServer();
    take(server);
  });
  beforeEach(withoutBackoff);
  afterEach(async () => {
    vi.restoreAllMocks();
    await closeAll();
    await server.reset();
  });
  afterAll(() => server.close());
}
