import { consultOf, matchRecording, type RecordingMatch } from "./consults/index.ts";
import type { AudioRecord, RecordingRecord } from "./state.ts";
import type { SandboxContext } from "./world.ts";

/** One piece of the live transcript. */
export interface LiveChunk {
  readonly id: string;
  readonly status: "PENDING" | "READY";
  readonly duration: number;
  readonly text: string;
  readonly source: "USER_UPLOADED" | "LIVE";
}

const LINES_PER_CHUNK = 7;
const CHUNK_SECONDS = 60;

/** The recording in pieces that become ready one after the other while it is transcribed. */
export function liveChunks(world: SandboxContext, audio: AudioRecord): LiveChunk[] {
  const consult = consultOf(audio);
  const count = Math.ceil(consult.lines.length / LINES_PER_CHUNK);
  const remainingMs = Math.max(0, (audio.transcribedAtMs ?? Number.POSITIVE_INFINITY) - world.clock.now());
  const done = remainingMs === 0 ? 1 : Math.max(0, 1 - remainingMs / world.timings.transcriptionMs);
  return Array.from({ length: count }, (_, index) => {
    const ready = done * count >= index + 1;
    const lines = consult.lines.slice(index * LINES_PER_CHUNK, (index + 1) * LINES_PER_CHUNK);
    return {
      id: `${audio.id}-${index}`,
      status: ready ? "READY" : "PENDING",
      duration: Math.round((consult.recordingSeconds * 10 * lines.length) / consult.lines.length) / 10,
      text: ready ? lines.map((line) => line.text).join("\n") : "",
      source: "USER_UPLOADED",
    };
  });
}

/** A recording under way: each segment brings the next lines of the consult, up to its end. */
export function recordedChunks(world: SandboxContext, recording: RecordingRecord): LiveChunk[] {
  const { lines } = consultOf(matchChunks(world, recording));
  return recording.chunks.map(({ index, readyAtMs }) => {
    const ready = readyAtMs <= world.clock.now();
    const said = lines.slice(index * LINES_PER_CHUNK, (index + 1) * LINES_PER_CHUNK);
    return {
      id: `${recording.id}-${index}`,
      status: ready ? "READY" : "PENDING",
      duration: CHUNK_SECONDS,
      text: ready ? said.map((line) => line.text).join("\n") : "",
      source: "LIVE",
    };
  });
}

/** What is heard in a recording that arrives in segments: the first one tells. */
export function matchChunks(world: SandboxContext, { chunks }: RecordingRecord): RecordingMatch {
  return matchRecording(chunks[0]?.sha256 ?? "", world.words);
}
