import { timestamp } from "../context.ts";
import { consultsOf, matchRecording } from "../fixtures/index.ts";
import { type Handlers, json, sessionOfCall } from "../handler-context.ts";
import { httpError, missing, unprocessable } from "../http-error.ts";
import type { AudioRecord, SessionRecord } from "../state.ts";
import {
  awaitTranscription,
  liveChunks,
  recordedChunks,
  startTranscription,
  transcriptSoFar,
} from "../transcription.ts";

/** Audio and transcripts. */
export const transcriptionHandlers: Handlers = {
  uploadSessionAudio: (call) => {
    const { context } = call;
    const session = sessionOfCall(call);
    const file = call.files.get("file");
    if (file === undefined) throw missing("body", "file");
    if (file.sizeBytes === 0) {
      throw unprocessable([{ loc: ["body", "file"], msg: "The file is empty", type: "value_error" }]);
    }
    if (!/^audio\//i.test(file.contentType)) {
      throw httpError(400, "UnsupportedAudioError", "The part `file` must have an audio/* content type");
    }
    const audio: AudioRecord = {
      id: context.ids.hex(),
      index: session.audio.length,
      filename: file.filename,
      content_type: file.contentType,
      size_bytes: file.sizeBytes,
      sha256: file.sha256,
      uploaded_at: timestamp(context),
      ...matchRecording(file.sha256, context.words),
      transcribedAtMs: undefined,
    };
    session.audio.push(audio);
    session.updated_at = timestamp(context);
    // Documented; the bundled spec has no body.
    const { id, index, uploaded_at } = audio;
    return json({ id, index, status: "INITIALIZED", created_at: uploaded_at, access_url: null });
  },
  getSessionTranscript: async (call) => {
    const session = sessionOfCall(call);
    await awaitTranscription(call.context, session, call.signal);
    const { session_id } = session;
    return json({
      session_id,
      transcript: transcriptSoFar(call.context, session),
      language_code: languageOf(session),
    });
  },
  getLiveSessionTranscript: (call) => {
    const { context } = call;
    const session = sessionOfCall(call);
    startTranscription(context, session);
    const live = session.recordings.filter((recording) => !recording.finished);
    const chunks = [
      ...session.audio.flatMap((audio) => liveChunks(context, audio)),
      ...live.flatMap((recording) => recordedChunks(context, recording)),
    ];
    const ready = chunks.filter((chunk) => chunk.status === "READY").map((chunk) => chunk.text);
    return json({
      session_id: session.session_id,
      transcript: ready.join("\n"),
      active_source: live.length > 0 ? "LIVE" : "USER_UPLOADED",
      chunks,
    });
  },
};

function languageOf(session: SessionRecord): string {
  const chosen = session.fields["language_code"];
  const [heard] = consultsOf(session.audio);
  return typeof chosen === "string" ? chosen : (heard?.languageCode ?? "en");
}
