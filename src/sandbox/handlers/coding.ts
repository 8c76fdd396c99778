import { type Handlers, json, sessionOfCall } from "../handler-context.ts";
import { codedEntities } from "../notes/codes.ts";
import { startTranscription } from "../transcription.ts";

/** The system of a request that names none; Heidi's own default is not public. */
const DEFAULT_SYSTEM = "ICD-10";

/** Clinical codes. */
export const codingHandlers: Handlers = {
  getSessionClinicalCodes: (call) => {
    const { context } = call;
    const session = sessionOfCall(call);
    const coding_system = String(call.query.get("coding_system") ?? DEFAULT_SYSTEM);
    // Coding begins with the first request for a system, and again with a later transcript.
    session.codesReadyAtMs[coding_system] ??= context.clock.now() + context.timings.codingMs;
    const transcriptCodedAtMs = startTranscription(context, session) + context.timings.codingMs;
    const readyAtMs = Math.max(session.codesReadyAtMs[coding_system] ?? 0, transcriptCodedAtMs);
    const ready = readyAtMs <= context.clock.now();
    return json({
      coding_system,
      status: ready ? "READY" : "PROCESSING",
      entities: ready ? codedEntities(context, session, coding_system) : [],
    });
  },
};
