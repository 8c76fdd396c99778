/**
 * A whole consult: from an API key to codes and an answer, with a real recording.
 *
 * Runs against the embedded sandbox, or against the API when `HEIDI_API_KEY` is set (then also set `HEIDI_REGION` or
 * `HEIDI_BASE_URL`, and `HEIDI_EMAIL` and `HEIDI_USER_ID` to a clinician that is linked).
 */
import { fileURLToPath } from "node:url";
import { Presets, SingleBar } from "cli-progress";
import { Heidi, type HeidiRegion, isHeidiError } from "heidi-health-sdk";
import { fileFromPath } from "heidi-health-sdk/node";
import { createSandbox } from "heidi-health-sdk/sandbox";

const RECORDING = fileURLToPath(new URL("./audio/gp-consult.ogg", import.meta.url));

async function consult(heidi: Heidi, user: { email: string; thirdPartyInternalId: string }): Promise<void> {
  const clinician = heidi.forUser(user);

  await step("token", async () => {
    const { expiration_time } = await clinician.token();
    return `valid until ${expiration_time}`;
  });

  const patient = await step("patient profile", async () => {
    const profile = await clinician.patientProfiles.create({
      first_name: "Karen",
      last_name: "Example",
      date_of_birth: "1984-05-17",
      ehr_patient_id: `quickstart-${Date.now()}`,
    });
    return [`${profile.first_name} ${profile.last_name}`, profile];
  });

  const { session_id: id = "" } = await step("session", async () => {
    const session = await clinician.sessions.create({ ehr_appointment_id: `apt-${Date.now()}` });
    if (patient.id && session.session_id) {
      await clinician.patientProfiles.linkSession(patient.id, { session_id: session.session_id });
    }
    return [session.session_id ?? "", session];
  });

  await step("context document", async () => {
    const letter = new File(["Referral: dizzy spells for two weeks, on amlodipine 5 mg."], "referral.pdf");
    const document = await clinician.sessionContext.uploadDocument(id, { file: letter });
    const ready = await clinician.sessionContext.waitForDocument(id, document.id ?? "", { intervalMs: 250 });
    return `${ready.filename ?? "document"} was ${document.status}, is ${ready.status}`;
  });

  await step("audio", async () => {
    const format = "  uploading {bar} {percentage}% of {total} bytes";
    const bar = new SingleBar({ format, noTTYOutput: true, notTTYSchedule: 60_000 }, Presets.shades_classic);
    await clinician.transcription.uploadAudio(
      id,
      { file: fileFromPath(RECORDING) },
      {
        onProgress: ({ sentBytes, totalBytes }) => {
          if (!bar.isActive) bar.start(totalBytes ?? sentBytes, 0);
          bar.update(sentBytes);
        },
      },
    );
    bar.stop();
    return "stored";
  });

  await step("transcript", async () => {
    const { transcript = "" } = await clinician.transcription.waitForTranscript(id, { intervalMs: 500 });
    const [first = ""] = transcript.split("\n");
    return `${transcript.length} characters: ${first.slice(0, 72)}…`;
  });

  const [noteTemplate, letterTemplate] = await step("templates", async () => {
    const { data = [] } = await clinician.templates.list();
    const pick = (category: string): string =>
      (data.find(({ template_category }) => template_category === category) ?? data[0])?.id ?? "";
    const picked = [pick("CONSULT_NOTE_TEMPLATE"), pick("DOCUMENT_TEMPLATE")] as const;
    return [data.map(({ name }) => name).join(", "), picked];
  });

  await step("consult note", async () => {
    const note = clinician.consultNotes.generate(id, {
      generation_method: "TEMPLATE",
      template_id: noteTemplate,
      addition: "",
      voice_style: "GOLDILOCKS",
      brain: "LEFT",
    });
    let length = 0;
    for await (const piece of note.textStream()) {
      process.stdout.write(piece);
      length += piece.length;
    }
    process.stdout.write("\n");
    return `${length} characters`;
  });

  await step("document", async () => {
    const document = await clinician.documents.generate(id, {
      generation_method: "TEMPLATE",
      template_id: letterTemplate,
      voice_style: "BRIEF",
      brain: "LEFT",
    });
    return `${document.name ?? "untitled"}, ${document.content?.length ?? 0} characters`;
  });

  await step("clinical codes", async () => {
    const codes = await clinician.clinicalCoding.waitForCodes(
      id,
      { coding_system: "SNOMED-CT" },
      { intervalMs: 250 },
    );
    return (codes.entities ?? [])
      .map(({ entity, primary_code }) => `${entity} ${primary_code?.code}`)
      .join(", ");
  });

  await step("ask Heidi", () =>
    clinician.askHeidi
      .ask(id, { ai_command_text: "What should happen next?", content: "", content_type: "MARKDOWN" })
      .text(),
  );

  await step("sessions", async () => {
    const { data = [], total_count } = await clinician.sessions.listLinkedUser({ page_size: 10 });
    return `${data.length} of ${total_count ?? data.length}`;
  });
}

/** Runs one step of the consult and prints its name, result and time. */
async function step<T = undefined>(name: string, run: () => Promise<string | [string, T]>): Promise<T> {
  const startedMs = performance.now();
  const outcome = await run();
  const [text, value] = typeof outcome === "string" ? [outcome, undefined as T] : outcome;
  const tookMs = Math.round(performance.now() - startedMs);
  console.log(`✓ ${name.padEnd(16)} ${String(tookMs).padStart(5)} ms  ${text}`);
  return value;
}

async function main(): Promise<void> {
  const { HEIDI_API_KEY, HEIDI_REGION, HEIDI_EMAIL, HEIDI_USER_ID } = process.env;
  const user = {
    email: HEIDI_EMAIL ?? "dr.quick@clinic.example",
    thirdPartyInternalId: HEIDI_USER_ID ?? "quickstart",
  };
  if (HEIDI_API_KEY) {
    const region = HEIDI_REGION as HeidiRegion | undefined;
    await using heidi = new Heidi({ region });
    console.log("Running a consult against the Heidi API.\n");
    await consult(heidi, user);
    return;
  }
  await using sandbox = await createSandbox();
  await using heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
  console.log("Running a consult against the embedded sandbox (set HEIDI_API_KEY for the real API).\n");
  await consult(heidi, user);
}

await main().catch((error: unknown) => {
  console.error(isHeidiError(error) ? `✗ ${error.message}` : error);
  process.exitCode = 1;
});
