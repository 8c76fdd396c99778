import { type HeidiUser, isHeidiError } from "heidi-health-sdk";
import { indexedDbStore, type MicrophoneRecording, recordMicrophone } from "heidi-health-sdk/browser";
import { type JSX, useEffect, useRef, useState } from "react";

/** Properties of {@link Recorder}. */
export interface RecorderProps {
  readonly clinician: HeidiUser;
  readonly session_id: string;
  /** Called when Heidi has the whole recording. */
  readonly onFinished: () => void;
}

/** A recorder as a React component: record, pause, finish, the microphone's level, and what the network does. */
export function Recorder({ clinician, session_id, onFinished }: RecorderProps): JSX.Element {
  const recording = useRef<MicrophoneRecording>(undefined);
  const [state, setState] = useState<"ready" | "starting" | "recording" | "paused" | "finishing">("ready");
  const [level, setLevel] = useState(0);
  const [message, setMessage] = useState("");

  // A component that is removed stops recording. The store keeps what Heidi does not have yet.
  const isMounted = useRef(false);
  useEffect(() => {
    isMounted.current = true;
    return () => {
      isMounted.current = false;
      void recording.current?.abort();
    };
  }, []);

  async function record(): Promise<void> {
    setState("starting");
    try {
      recording.current = await recordMicrophone(clinician, session_id, {
        store: indexedDbStore({ name: session_id }),
        onProgress: ({ event, level: loudness = 0, error }) => {
          if (event === "level") setLevel(loudness);
          else if (event === "offline") setMessage("No network. The recording continues, and is sent later.");
          else if (event === "online") setMessage("");
          else if (error !== undefined && event !== "retrying") setMessage(error.message);
        },
      });
      if (!isMounted.current) await recording.current.abort();
      setState("recording");
    } catch (error) {
      setState("ready");
      report(error);
    }
  }

  function togglePause(): void {
    if (state === "paused") recording.current?.resume();
    else recording.current?.pause();
    setState(state === "paused" ? "recording" : "paused");
  }

  async function finish(): Promise<void> {
    setState("finishing");
    try {
      await recording.current?.finish();
      onFinished();
    } catch (error) {
      setState("paused");
      report(error);
    }
  }

  /** The messages of the SDK contain no patient data. */
  function report(error: unknown): void {
    if (!isHeidiError(error)) throw error;
    setMessage(error.message);
  }

  return (
    <section className="card">
      <h2>Recording</h2>
      <meter min={0} max={1} value={level} aria-label="Level of the microphone" />
      <p className="row">
        {state === "ready" || state === "starting" ? (
          <button type="button" id="record" disabled={state === "starting"} onClick={() => void record()}>
            Record
          </button>
        ) : (
          <>
            <button type="button" className="quiet" disabled={state === "finishing"} onClick={togglePause}>
              {state === "paused" ? "Resume" : "Pause"}
            </button>
            <button type="button" id="finish" disabled={state === "finishing"} onClick={() => void finish()}>
              Finish
            </button>
          </>
        )}
      </p>
      <p role="status">{message}</p>
    </section>
  );
}
