import { Heidi, isHeidiError } from "heidi-health-sdk";
import { openTelemetry } from "heidi-health-sdk/opentelemetry";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { freePort } from "../free-port.ts";
import { canary, leakIn, renderingsOf } from "./canaries.ts";
import { type FaultServer, startFaultServer } from "./harness.ts";
import { type LeakCase, leakCases, removeFiles } from "./leak-cases.ts";
import { useOpenTelemetry } from "./recorded.ts";
import { withoutBackoff } from "./sdk.ts";

const recorded = useOpenTelemetry();
let server: FaultServer;
let refusingUrl: string;
beforeAll(async () => {
  server = await startFaultServer();
  refusingUrl = `http://127.0.0.1:${await freePort()}`;
});
beforeEach(withoutBackoff);
afterEach(async () => {
  vi.restoreAllMocks();
  await server.reset();
});
afterAll(async () => {
  removeFiles();
  await server.close();
});

const telemetry = openTelemetry({ propagateTraceContext: true });

/** Plays one way for a call to fail; its error is the business of another test. */
async function play({ rules = [], run }: LeakCase): Promise<unknown> {
  await server.script(...rules);
  const options = {
    ...{ baseUrl: server.url, timeoutMs: 500, maxRetries: 1, telemetry },
    headers: { "x-trace": canary.header },
  };
  const heidi = new Heidi({ ...options, apiKey: canary.key });
  const user = heidi.forUser({ email: canary.email, thirdPartyInternalId: canary.internalId });
  const clinician = Heidi.withToken(canary.jwt, options);
  try {
    await run({ url: server.url, refusingUrl, options, heidi, user, clinician });
  } catch (error) {
    return error;
  } finally {
    await Promise.all([heidi.close(), clinician.close()]);
  }
  return undefined;
}

/** All that exporters were given, searched for every form of the canaries' mark. */
async function leaks(): Promise<string[]> {
  const everything = await recorded.everything();
  expect(everything.length).toBeGreaterThan(0);
  return everything.flatMap((each) => renderingsOf(each).map(leakIn)).filter((leak) => leak !== undefined);
}

// One of each kind of failure: the SDK's own errors are searched after all of them by another test.
const kinds = new Map(leakCases.map((leak) => [leak.name.replace(/\d+/, ""), leak]));

describe("no span and no metric has a secret or a patient's data", () => {
  it("after every kind of failure [I1] [I8]", async () => {
    const names = new Set<string>();
    for (const leak of kinds.values()) {
      const error = await play(leak);
      if (isHeidiError(error)) names.add(error.name);
    }
    expect(names.size).toBeGreaterThan(12);
    expect(recorded.spans().length).toBeGreaterThan(kinds.size);
    expect(await leaks()).toEqual([]);
  });

  it("after a whole consult [I1] [I8]", async () => {
    const users = [{ email: canary.email, thirdPartyInternalId: canary.internalId }];
    await using sandbox = await createSandbox({
      ...{ apiKey: canary.key, streamDelayMs: 0 },
      timings: { parsingMs: 0, transcriptionMs: 0, codingMs: 0 },
    });
    await using heidi = new Heidi({ apiKey: canary.key, baseUrl: sandbox.baseUrl, telemetry });
    const clinician = heidi.forUser(users[0] ?? { email: "", thirdPartyInternalId: "" });
    const template_id = (await clinician.templates.list()).data?.[0]?.id ?? "";
    const { status } = await clinician
      .consult(
        {
          patient: {
            first_name: canary.patient,
            last_name: canary.patient,
            ehr_patient_id: canary.internalId,
            date_of_birth: "1990-01-01",
          },
          session: { ehr_appointment_id: canary.sessionId },
          audio: new File([`ID3${canary.transcript}`], canary.fileName, { type: "audio/mpeg" }),
          context: [{ file: new File([canary.transcript], `${canary.fileName}.pdf`) }],
          template_id,
          coding_system: "SNOMED-CT",
          ask: canary.query,
        },
        { intervalMs: 5 },
      )
      .result();
    expect(status).toBe("done");
    await clinician
      .request("GET", `/sessions/${canary.sessionId}`, { query: { q: canary.query } })
      .catch(() => {});
    expect(recorded.tree()).toContainEqual("consult");
    expect(await leaks()).toEqual([]);
  });
});
