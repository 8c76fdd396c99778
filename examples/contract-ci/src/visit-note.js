import { HeidiStreamError } from "heidi-health-sdk";

/**
 * The integration under test: from an appointment of the practice's own software and its recording to a note.
 *
 * @param {import("heidi-health-sdk").Heidi} heidi
 * @param {{ appointmentId: string, clinician: { email: string, id: string }, recording: Uint8Array }} visit
 * @returns {Promise<{ sessionId: string, note: string, complete: boolean }>}
 */
export async function writeVisitNote(heidi, { appointmentId, clinician, recording }) {
  const user = heidi.forUser({ email: clinician.email, thirdPartyInternalId: clinician.id });
  const { session_id: sessionId = "" } = await user.sessions.create({ ehr_appointment_id: appointmentId });
  await user.transcription.uploadAudio(sessionId, { file: { data: recording, contentType: "audio/ogg" } });
  await user.transcription.waitForTranscript(sessionId, { intervalMs: 50, timeoutMs: 60_000 });
  const { data: templates = [] } = await user.templates.list();
  const template = templates.find(({ name }) => name === "SOAP note") ?? templates[0];
  try {
    const note = await user.consultNotes
      .generate(sessionId, {
        generation_method: "TEMPLATE",
        template_id: template?.id ?? "",
        addition: "",
        voice_style: "GOLDILOCKS",
        brain: "LEFT",
      })
      .text();
    return { sessionId, note, complete: true };
  } catch (error) {
    // What has arrived is shown to the clinician as a draft, never filed as the note.
    if (error instanceof HeidiStreamError)
      return { sessionId, note: error.partialText ?? "", complete: false };
    throw error;
  }
}
