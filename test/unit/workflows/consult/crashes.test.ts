import fc from "fast-check";
import { isHeidiError } from "heidi-health-sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Clinic, Death, hurrying, ONE_OF_EACH, type Plan, troubles } from "./support.ts";

// As many saves and requests as an undisturbed consult makes; the first test holds them to be right.
const SAVES = 14;
const AUDIO_BEGUN = 8;
const REQUESTS = 15;

let clinic: Clinic;

beforeEach(async () => {
  clinic = await Clinic.open();
});

async function reopen(): Promise<void> {
  await clinic.sandbox.close();
  clinic = await Clinic.open();
}

afterEach(async () => {
  await clinic.sandbox.close();
});

/** One process with trouble, then others until the end. Returns the steps that needed a review. */
const survive = (...plans: Plan[]): Promise<string[]> => hurrying(() => runAll(plans));

async function runAll(plans: readonly Plan[]): Promise<string[]> {
  const reviews: string[] = [];
  for (const plan of plans) {
    const failure = await clinic.run(plan).then(
      (end) => {
        if (end.status === "needs-review") reviews.push(end.step);
      },
      (error: unknown) => error,
    );
    if (failure !== undefined && !(failure instanceof Death) && !isHeidiError(failure)) throw failure;
    for (const count of Object.values(clinic.counts())) expect(count).toBeLessThanOrEqual(1);
  }
  const finished = await clinic.finish();
  expect(finished.end.status).toBe("done");
  expect(clinic.counts()).toEqual(ONE_OF_EACH);
  return [...reviews, ...finished.reviews];
}

describe("a consult", () => {
  it("that nothing happens to makes each thing once", async () => {
    expect(await survive()).toEqual([]);
    expect([clinic.saves, clinic.requests]).toEqual([SAVES, REQUESTS]);
  });

  it("whose process dies right after it wrote its journal, whenever, is completed, and nothing is made twice [C3]", async () => {
    for (let save = 0; save < SAVES; save += 1) {
      // A recording that was not sent leaves nothing behind, and nothing says so.
      expect(await survive({ save, safe: true })).toEqual(save === AUDIO_BEGUN ? ["audio"] : []);
      await reopen();
    }
  });

  it("whose process dies before it could write its journal, whenever, is completed, and nothing is made twice [C3]", async () => {
    for (let save = 0; save < SAVES; save += 1) {
      expect(await survive({ save, safe: false })).toEqual([]);
      await reopen();
    }
  });

  it.each(troubles)(
    "is completed, or needs a review of the recording, and nothing is made twice, whichever request has this trouble: %s [C3][C5]",
    async (trouble) => {
      for (let request = 0; request < REQUESTS; request += 1) {
        const reviews = await survive({ request, trouble });
        expect(reviews.filter((step) => step !== "audio")).toEqual([]);
        await reopen();
      }
    },
  );

  it("is completed whatever happens to its processes, and nothing is made twice [C1][C3]", async () => {
    const plan = fc.oneof(
      fc.record({ request: fc.nat(24), trouble: fc.constantFrom(...troubles) }),
      fc.record({ save: fc.nat(SAVES - 1), safe: fc.boolean() }),
    );
    await fc.assert(
      fc
        .asyncProperty(fc.array(plan, { minLength: 1, maxLength: 5 }), async (plans) => {
          await survive(...plans);
        })
        .beforeEach(reopen),
      { numRuns: 40 },
    );
  });
});
