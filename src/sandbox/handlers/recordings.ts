import { timestamp } from "../context.ts";
import { type HandlerContext, type Handlers, json, sessionOfCall } from "../handler-context.ts";
import { httpError, missing, unprocessable } from "../http-error.ts";
import type { RecordedChunk, RecordingRecord } from "../state.ts";
import { matchChunks } from "../transcription.ts";

/** Recordings that arrive in segments during the consult. */
export const recordingHandlers: Handlers = {
  createRecording: (call) => {
    const session = sessionOfCall(call);
    const recording: RecordingRecord = { id: call.context.ids.hex(), finished: false, chunks: [] };
    session.recordings.push(recording);
    session.updated_at = timestamp(call.context);
    return json({ recording_id: recording.id });
  },
  transcribeSegment: (call) => {
    const { context } = call;
    const recording = recordingOfCall(call);
    const file = call.files.get("file");
    if (file === undefined) throw missing("body", "file");
    if (file.sizeBytes === 0) {
      throw unprocessable([{ loc: ["body", "file"], msg: "The file is empty", type: "value_error" }]);
    }
    if (!/^audio\//i.test(file.contentType)) {
      throw httpError(400, "UnsupportedAudioError", "The part `file` must have an audio/* content type");
    }
    const index = String(call.body.get("index"));
    if (!/^\d{1,6}$/.test(index)) {
      throw unprocessable([
        { loc: ["body", "index"], msg: 'Input should be "0", "1", …', type: "int_parsing" },
      ]);
    }
    const chunk: RecordedChunk = {
      index: Number(index),
      size_bytes: file.sizeBytes,
      sha256: file.sha256,
      readyAtMs: context.clock.now() + context.timings.transcriptionMs,
    };
    // A repeated segment replaces the first one.
    const others = recording.chunks.filter((other) => other.index !== chunk.index);
    recording.chunks = [...others, chunk].sort((one, other) => one.index - other.index);
    return json({ is_success: true });
  },
  finishRecording: (call) => {
    const session = sessionOfCall(call);
    const recording = recordingOfCall(call);
    recording.finished = true;
    session.updated_at = timestamp(call.context);
    const [first] = recording.chunks;
    if (first !== undefined) {
      session.audio.push({
        id: recording.id,
        index: session.audio.length,
        filename: undefined,
        content_type: "audio/*",
        size_bytes: recording.chunks.reduce((sum, chunk) => sum + chunk.size_bytes, 0),
        sha256: first.sha256,
        uploaded_at: session.updated_at,
        ...matchChunks(call.context, recording),
        transcribedAtMs: undefined,
      });
    }
    return json({ is_success: true });
  },
};

/** Returns the recording that the path names; it accepts segments until it is finished. */
function recordingOfCall(call: HandlerContext): RecordingRecord {
  const id = call.path.get("recording_id");
  const recording = sessionOfCall(call).recordings.find((record) => record.id === id);
  if (recording === undefined) throw httpError(404, "RecordingNotFoundError", "Recording not found");
  if (recording.finished) throw httpError(400, "RecordingFinishedError", "The recording is finished");
  return recording;
}
