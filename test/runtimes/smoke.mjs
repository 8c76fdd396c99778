// Plain JavaScript that every runtime can run from the installed package: a token, a create, an upload, a stream.
import { Heidi, isHeidiError } from "heidi-health-sdk";

function check(condition, what) {
  if (!condition) throw new Error(`expected ${what}`);
}

export async function smoke({ SMOKE_BASE_URL: baseUrl, SMOKE_API_KEY: apiKey, fetch }) {
  const heidi = new Heidi({ apiKey, baseUrl, fetch });
  const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });

  const { session_id: id } = await clinician.sessions.create({ ehr_appointment_id: "apt-1" });
  check(/^\d+$/.test(id), "a session id");

  const data = new Uint8Array(256 * 1024);
  data.set(new TextEncoder().encode("ID3\u0004"));
  let sentBytes = 0;
  await clinician.transcription.uploadAudio(
    id,
    { file: { data, filename: "visit.mp3" } },
    { onProgress: (progress) => (sentBytes = progress.sentBytes) },
  );
  check(sentBytes > data.byteLength, "progress to the end of the upload");
  check((await clinician.transcription.get(id)).transcript.length > 0, "a transcript");

  const templates = await clinician.templates.list();
  const note = clinician.consultNotes.generate(id, {
    generation_method: "TEMPLATE",
    template_id: templates.data[0].id,
    addition: "",
    voice_style: "GOLDILOCKS",
    brain: "LEFT",
  });
  let pieces = 0;
  for await (const chunk of note) pieces += chunk.data === undefined ? 0 : 1;
  check(pieces > 1, "a note in pieces");

  const missing = await clinician.sessions.get("0").catch((error) => error);
  check(isHeidiError(missing) && missing.status === 404, "a typed 404");
  await heidi.close();
}
