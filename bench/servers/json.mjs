// Answers every request with the same JSON. `/jwt` exchanges a token; `/delayed/<ms>/…` waits first.
import { createServer } from "node:http";
import { tokenAnswer } from "./token.mjs";

export const SESSION = JSON.stringify({
  session: {
    session_id: "0b9f4a6e-3c1d-4a57-9a52-2f1f0b8f7c11",
    session_name: "Follow-up, shoulder",
    patient: { name: "Alex Example", gender: "FEMALE", dob: "1980-02-29" },
    audio: ["segment-000", "segment-001", "segment-002"],
    duration: 1284,
    created_at: "2026-01-05T09:30:00Z",
    updated_at: "2026-01-05T09:52:11Z",
    ehr_appt_id: "apt-1",
    ehr_patient_id: "patient-1",
    ehr_provider: "example",
    language_code: "en",
    output_language_code: "en",
    consult_note: { status: "READY", heading: "Consult note", brain: "LEFT", voice_style: "GOLDILOCKS" },
    clinician_notes: ["Pain on abduction beyond 90 degrees", "No red flags"],
  },
});

const HEADERS = { "content-type": "application/json", "content-length": Buffer.byteLength(SESSION) };

export async function create() {
  let connections = 0;
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    const { url = "" } = request;
    if (url.includes("/jwt")) {
      const user = new URL(url, "http://x").searchParams.get("third_party_internal_id") ?? "";
      response.setHeader("content-type", "application/json");
      response.end(tokenAnswer(user));
      return;
    }
    const delay = /^\/delayed\/(\d+)\//.exec(url);
    const answer = () => {
      response.writeHead(200, HEADERS);
      response.end(SESSION);
    };
    if (delay) setTimeout(answer, Number(delay[1]));
    else answer();
  });
  server.on("connection", () => connections++);
  // No `Keep-Alive` header: the client decides how long it keeps a socket.
  server.keepAliveTimeout = 0;
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return { run: () => ({ port, connections, requests }) };
}
