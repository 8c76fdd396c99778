import type { TranscriptionApi } from "../../generated/client.ts";
import type { LiveTranscript, Transcript } from "../../generated/types.ts";
import { HeidiApiError } from "../api-errors.ts";
import type { RequestOptions } from "../transport/options.ts";
import { fetchAnswer, getProperty, isText } from "./answer.ts";
import type { PollResult } from "./look.ts";
import { statusOfChunks, statusOfTranscript } from "./verdicts.ts";

/** What a look for a transcript found. */
export interface TranscriptState {
  /** The text so far. */
  readonly transcript: Transcript;
  /** The pieces, with a status each; undefined where the deployment has none. */
  readonly live: LiveTranscript | undefined;
}

/**
 * Reads the text, which makes the server begin, then the states of its pieces. When those are complete the text is read
 * again: the first reading may be older than the last piece.
 */
export async function pollTranscript(
  api: TranscriptionApi,
  session_id: string,
  request: RequestOptions,
  options: { readonly acceptPartial: boolean },
): Promise<PollResult<Transcript, TranscriptState>> {
  const { answer: first, retryAfterMs } = await fetchAnswer(api.get(session_id, request));
  const live = await piecesOf(api, session_id, request);
  const pieces = statusOfChunks(live);
  const complete = pieces === "ready" || (pieces === "failed" && options.acceptPartial);
  const transcript = complete ? await api.get(session_id, request) : first;
  return {
    operationStatus: statusOfTranscript(transcript, pieces, options),
    status: statusOf(pieces, transcript),
    answer: { transcript, live },
    retryAfterMs,
  };
}

/** Undefined where the server has no live transcript to show; the text itself was read without complaint. */
async function piecesOf(
  api: TranscriptionApi,
  session_id: string,
  request: RequestOptions,
): Promise<LiveTranscript | undefined> {
  try {
    return await api.getLive(session_id, undefined, request);
  } catch (error) {
    const refused = error instanceof HeidiApiError && [400, 404, 405, 409, 422, 501].includes(error.status);
    if (refused) return undefined;
    throw error;
  }
}

/** The API tells no status of a whole transcript; this is what its pieces amount to, in the API's words. */
function statusOf(pieces: ReturnType<typeof statusOfChunks>, transcript: Transcript): string | undefined {
  if (pieces === "none") return isText(getProperty(transcript, "transcript")) ? "READY" : undefined;
  if (pieces === "silent") return "READY";
  return pieces.toUpperCase();
}
