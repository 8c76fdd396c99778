import { AsyncLocalStorage } from "node:async_hooks";
import type { ConsultJournal, RecordingStore } from "heidi-health-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Clinic, hurrying } from "./consult/support.ts";
import { chunkOf, DiskDouble, RecordingServer } from "./recording-support.ts";

const tenant = new AsyncLocalStorage<string>();
const TENANTS = ["clinic-a", "clinic-b", "clinic-c"];

/** Runs the same for each tenant side by side; `note` is called wherever the tenant's own code runs. */
async function sideBySide(
  work: (name: string, note: () => void) => Promise<unknown>,
): Promise<Map<string, Set<string | undefined>>> {
  const seen = new Map(TENANTS.map((name) => [name, new Set<string | undefined>()]));
  const run = (name: string): Promise<unknown> =>
    tenant.run(name, () => work(name, () => seen.get(name)?.add(tenant.getStore())));
  await Promise.all(TENANTS.map(run));
  return seen;
}

const own = new Map(TENANTS.map((name) => [name, new Set([name])]));

describe("a tenant's own code", () => {
  let clinic: Clinic;
  beforeAll(async () => {
    clinic = await Clinic.open();
  });
  afterAll(() => clinic.sandbox.close());

  it("in the journal of a consult runs in the tenant's context, consults side by side [R11]", async () => {
    const user = clinic.user();
    const seen = await hurrying(() =>
      sideBySide(async (name, note) => {
        let saved: string | undefined;
        let saves = 0;
        const journal: ConsultJournal = {
          load: async () => {
            note();
            return saved === undefined ? undefined : JSON.parse(saved);
          },
          save: async (state) => {
            note();
            saves += 1;
            saved = JSON.stringify(state);
            await Promise.resolve();
            note();
          },
        };
        const input = clinic.input({ session: { ehr_appointment_id: name, language_code: "en" } });
        const consult = user.consult(input, { journal, reconcileTimeoutMs: 2_000 });
        // The code that reads the events has another context.
        const end = await tenant.run("another", () => consult.result());
        expect(end.status).toBe("done");
        expect(saves).toBeGreaterThan(3);
      }),
    );
    expect(seen).toEqual(own);
  });

  it("in the store of a recording runs in the tenant's context, recordings side by side [R11]", async () => {
    const server = new RecordingServer();
    const seen = await sideBySide(async (_, note) => {
      const disk = new DiskDouble();
      const store = new Proxy<RecordingStore>(disk, {
        get: (target, name) => {
          const method: unknown = Reflect.get(target, name);
          if (typeof method !== "function") return method;
          return (...given: unknown[]) => {
            note();
            return Promise.resolve(method.apply(target, given)).finally(note);
          };
        },
      });
      const recording = await server.start({ store });
      const append = (index: number): Promise<void> => recording.append(chunkOf(String(index)));
      await Promise.all([0, 1, 2, 3].map(append));
      await recording.finish();
    });
    expect(seen).toEqual(own);
  });
});
