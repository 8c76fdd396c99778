import type { UserApi } from "../../generated/client.ts";
import type { Jwt } from "../../generated/types.ts";
import type { RequestOptions } from "../http/options.ts";
import type { InFlightRequests } from "../http/signal.ts";
import { monotonicMs } from "../platform.ts";
import type { Telemetry } from "../telemetry.ts";
import { sleep } from "../utils/abort.ts";
import { withCallSite } from "../utils/call-site.ts";
import { Lazy, loadChunk } from "../utils/lazy.ts";
import type { ClientAddress } from "../utils/regions.ts";
import { createLinking } from "./account-link.ts";
import { createConsults } from "./consult/consult.ts";
import { createLists } from "./pagination.ts";
import type { PatientProfilesFinding } from "./patient-profiles.ts";
import { createPollers } from "./polling/pollers.ts";
import type { PollEnvironment } from "./polling/types.ts";
import type { TranscriptionRecording } from "./recording/start-recording.ts";
import type { TemplatesChoice } from "./templates.ts";
import type { WorkflowApi } from "./types.ts";

/** The parts of client and user that workflows use. */
export interface WorkflowParts {
  readonly inFlight: InFlightRequests;
  readonly telemetry: Telemetry | undefined;
  readonly address: ClientAddress;
  /** Values that distinguish one user from another. */
  readonly clinician: readonly unknown[];
  token(options: Pick<RequestOptions, "signal">): Promise<Jwt>;
}

/** Adds the workflows to the generated API groups. */
export function withWorkflows(api: UserApi, parts: WorkflowParts): WorkflowApi {
  const { inFlight, telemetry, clinician, address, token } = parts;
  const environment: PollEnvironment = {
    inFlight,
    telemetry,
    nowMs: monotonicMs,
    random: () => Math.random(),
    sleep: (delayMs, signal) => sleep(delayMs, { signal }),
  };
  const { waitForTranscript, waitForDocument, waitForCodes, waitForNote } = createPollers(api, environment);
  const { iterateLinkedUser, iterate } = createLists(api);
  // Loaded on first use: a page without recordings does not load this code.
  const recordings = new Lazy(
    () => import("./recording/start-recording.ts"),
    ({ createRecordings }) => createRecordings(api.transcription, environment),
  );
  const startRecording: TranscriptionRecording["startRecording"] = withCallSite(async (...given) =>
    (await recordings.make()).startRecording(...given),
  );
  const profiles = { ...api.patientProfiles, iterate };
  const finding = new Lazy(
    () => import("./patient-profiles.ts"),
    ({ createFinding }) => createFinding(profiles, inFlight),
  );
  const findOrCreate: PatientProfilesFinding["findOrCreate"] = withCallSite(async (...given) =>
    (await finding.make()).findOrCreate(...given),
  );
  const sessions: WorkflowApi["sessions"] = {
    ...api.sessions,
    iterateLinkedUser,
    iterateForPatient: withCallSite(async function* (...given) {
      const { iterateForPatient } = await loadChunk(import("./patient-sessions.ts"));
      yield* iterateForPatient(extended, ...given);
    }),
  };
  const getByName: TemplatesChoice["getByName"] = withCallSite(async (...given) =>
    (await loadChunk(import("./templates.ts"))).getByName(api.templates, ...given),
  );
  const extended = {
    ...api,
    account: { ...api.account, ...createLinking(address, token) },
    patientProfiles: { ...profiles, findOrCreate },
    sessions,
    templates: { ...api.templates, getByName },
    sessionContext: { ...api.sessionContext, waitForDocument },
    transcription: { ...api.transcription, waitForTranscript, startRecording },
    consultNotes: { ...api.consultNotes, waitForNote },
    clinicalCoding: { ...api.clinicalCoding, waitForCodes },
  };
  return { ...extended, consult: createConsults(extended, environment, clinician) };
}
