import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { assertReceived, assertReceivedTimes } from "heidi-health-sdk/sandbox";
import { writeVisitNote } from "../../src/visit-note.js";
import { start, visit } from "../start.js";

for (const deployment of ["spec", "documented"]) {
  describe(`with the ${deployment} deployment of Heidi`, () => {
    let test;
    beforeEach(async () => {
      test = await start(deployment);
    });
    afterEach(() => test.stop());

    it("writes a note from a recording", async () => {
      const { note, complete } = await writeVisitNote(test.heidi, visit);
      assert.equal(complete, true);
      assert.match(note, /Increase ramipril to 10 mg once a day\./);
    });

    it("asks for what it needs", async () => {
      await writeVisitNote(test.heidi, visit);
      assertReceived(test.sandbox, "sessions.create", { body: { ehr_appointment_id: "apt-1" } });
      assertReceivedTimes(test.sandbox, "consultNotes.generate", 1);
    });

    it("keeps a note that breaks off as a draft", async () => {
      test.sandbox.fault("consultNotes.generate", { kind: "truncate", afterPieces: 4 });
      const { note, complete } = await writeVisitNote(test.heidi, visit);
      assert.deepEqual([complete, note.startsWith("## Subjective")], [false, true]);
    });
  });
}
