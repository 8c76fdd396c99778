import type { ConsultEnd, ConsultInput, ConsultOptions } from "heidi-health-sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compareNotes } from "../../../../src/workflows/consult/reconcile.ts";
import { Clinic, hurrying } from "./support.ts";

const LETTERS = "The patient was seen today and sleeps better since the dose was changed.";

describe("a streamed note is the session's", () => {
  it.each([
    ["the same text", LETTERS, LETTERS],
    ["another white space", LETTERS, `\n${LETTERS.replaceAll(" ", "\u00a0\n")}  `],
    ["another markup", `**Plan**\n- ${LETTERS}`, `<h2>Plan</h2><ul><li>${LETTERS}</li></ul>`],
    ["other forms of the same characters", "Ménière, ﬁrst", "Me\u0301nie\u0300re, first"],
    ["a text without letters", "—", " — "],
    ["a word less in the middle", `Plan. ${LETTERS}`, LETTERS],
  ])("with %s [R34]", (_, streamed, kept) => {
    expect(compareNotes(streamed, kept, undefined)).toEqual({ kind: "confirmed" });
  });

  it.each([
    ["shows none", LETTERS, undefined, undefined],
    ["is longer", LETTERS, `${LETTERS} Review in two weeks.`, undefined],
    ["is longer by a digit", "Give 1", "Give 10", undefined],
    ["ends differently", LETTERS, `${LETTERS.slice(0, -12)} raised.`, undefined],
    ["is still the previous one", `${LETTERS} And ${LETTERS}`, LETTERS, LETTERS],
    ["is another short one", LETTERS, "changed.", undefined],
  ])("not when the session's %s [R34]", (_, streamed, kept, previous) => {
    expect(compareNotes(streamed, kept, previous)).toMatchObject({ kind: "unclear" });
  });
});

/** What happens to the note on its way. */
interface Course {
  /** How many lines of the stream arrive before its proper end; all of them by default. */
  readonly lines?: number;
  /** The note as the session shows it at the poll of that number. */
  shown?(note: string, poll: number): string | undefined;
}

let clinic: Clinic;
let polls: number;

beforeEach(async () => {
  clinic = await Clinic.open();
  polls = 0;
});
afterEach(() => clinic.sandbox.close());

function fetchOf({ lines = Number.POSITIVE_INFINITY, shown }: Course): typeof fetch {
  return async (input, init) => {
    const response = await clinic.sandbox.fetch(input, init);
    const { pathname } = new URL(String(input));
    if (pathname.endsWith("/consult-note")) {
      const whole = (await response.text()).split(/(?<=\n)/);
      return new Response(whole.slice(0, lines).join(""), { headers: response.headers });
    }
    if (init?.method !== "GET" || !/\/sessions\/\d+$/.test(pathname) || !shown) return response;
    const body = await response.json();
    const session = body.session ?? body;
    if (session.consult_note) session.consult_note.result = shown(session.consult_note.result, polls++);
    return Response.json(body);
  };
}

function run(
  course: Course,
  options: ConsultOptions = {},
  more: Partial<ConsultInput> = {},
): Promise<ConsultEnd> {
  const input = { audio: new Blob(["canary-audio"], { type: "audio/ogg" }), ...more };
  return hurrying(() =>
    clinic
      .user(fetchOf(course))
      .consult(input, { reconcileTimeoutMs: 3_000, ...options })
      .result(),
  );
}

const REVIEW = { status: "needs-review", step: "note", journal: { steps: { note: { state: "made" } } } };

describe("a consult whose note", () => {
  it("arrives whole is done after one look at the session [R34]", async () => {
    const end = await run({ shown: (note) => note });
    expect(end).toMatchObject({ status: "done", result: { note: clinic.session?.consult_note?.result } });
    expect(polls).toBe(1);
  });

  it("is shown by the session only after a while is done then [R34]", async () => {
    const end = await run({ shown: (note, poll) => (poll < 2 ? undefined : note) });
    expect(end.status).toBe("done");
    expect(polls).toBe(3);
  });

  it("is cut off unnoticed needs a review; resumed, it has the session's whole note [R34]", async () => {
    const end = await run({ lines: 4 });
    expect(end).toMatchObject({ ...REVIEW, reason: expect.stringContaining("truncated") });
    const again = await run({}, { resume: end.journal });
    expect(again).toMatchObject({ status: "done", result: { note: clinic.session?.consult_note?.result } });
  });

  it("is shown by no session needs a review, and again when it is resumed [R34]", async () => {
    const course = { lines: 4, shown: () => undefined };
    const end = await run(course);
    expect(end).toMatchObject(REVIEW);
    expect(await run(course, { resume: end.journal })).toMatchObject(REVIEW);
  });

  it("is cut off while the session shows an older note needs a review [R34]", async () => {
    const first = await run({});
    if (first.status !== "done") throw new Error("the first consult was not done");
    const { session_id, note } = first.result;
    const older = note.slice(0, 60);
    const end = await run({ lines: 40, shown: () => older }, {}, { session: { session_id } });
    expect(end).toMatchObject({ ...REVIEW, reason: expect.stringContaining("previous note") });
  });

  it("cannot be looked up for a moment is done all the same, and for longer ends with that error [R34]", async () => {
    let failures = 0;
    const failing =
      (limit: number) =>
      (note: string): string => {
        failures += 1;
        if (failures <= limit) throw new TypeError("fetch failed");
        return note;
      };
    const once = await run({ shown: failing(1) }, { maxRetries: 0 });
    expect(once.status).toBe("done");
    failures = 0;
    const states: unknown[] = [];
    const journal = { load: () => null, save: (state: unknown) => void states.push(state) };
    const run2 = run({ shown: failing(1_000) }, { maxRetries: 0, journal });
    await expect(run2).rejects.toMatchObject({ operation: "getSession" });
    expect(states.at(-1)).toMatchObject({ steps: { note: { state: "made" } } });
  });
});
