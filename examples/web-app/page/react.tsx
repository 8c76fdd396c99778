import { type JSX, StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { connect } from "./clinician.ts";
import { Recorder } from "./recorder.tsx";

const clinician = await connect();
const { session_id = "" } = await clinician.sessions.create();

function Page(): JSX.Element {
  const [transcript, setTranscript] = useState("");
  const onFinished = (): void => {
    void clinician.transcription
      .waitForTranscript(session_id)
      .then((result) => setTranscript(result.transcript ?? ""));
  };
  return (
    <>
      <Recorder clinician={clinician} session_id={session_id} onFinished={onFinished} />
      <section className="card">
        <h2>Transcript</h2>
        <p id="transcript">{transcript}</p>
      </section>
    </>
  );
}

createRoot(document.querySelector("main") ?? document.body).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
