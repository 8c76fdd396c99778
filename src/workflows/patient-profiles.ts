import type { PatientProfilesApi } from "../../generated/client.ts";
import { createPatientProfile } from "../../generated/operations.ts";
import type { PatientProfile, PatientProfileCreate } from "../../generated/types.ts";
import { HeidiConflictError } from "../api-errors.ts";
import {
  HeidiAbortError,
  HeidiArgumentError,
  type HeidiError,
  HeidiTimeoutError,
  isHeidiError,
} from "../errors.ts";
import type { RequestOptions } from "../http/options.ts";
import { type InFlightRequests, linkAbort } from "../http/signal.ts";
import { sleep, withAbort } from "../utils/abort.ts";
import type { PatientProfilesLists } from "./pagination.ts";
import { validateCall } from "./preflight.ts";

/** A patient as the EHR knows them: `ehr_patient_id` is what they are found by. */
export type FindOrCreateProfile = PatientProfileCreate & { readonly ehr_patient_id: string };

/** Finding or creating patient profiles. */
export interface PatientProfilesFinding {
  /**
   * The profile of the patient with this `ehr_patient_id` (and `provider`, when given); made from the other fields when
   * there is none. A profile that is found is returned as it is, not updated; of several, the oldest.
   *
   * Looks first, and looks again after a create whose outcome is not certain. Such a create is repeated only when
   * several looks did not find its profile, once, and never when the server succeeded or may still be at work (a
   * timeout): then the create's error is thrown, and calling again later is safe, for it looks first. Calls for the same
   * patient through one `Heidi` user object take turns. Two processes that create the same patient at the same moment
   * can both succeed: the API does not refuse the second.
   *
   * @throws HeidiArgumentError before any request, without an `ehr_patient_id` or for what `create` would refuse; else as
   * `list` and `create`.
   *
   * @example
   * const profile = await clinician.patientProfiles.findOrCreate({ ehr_patient_id: "p-1", first_name: "Karen" });
   */
  findOrCreate(body: FindOrCreateProfile, options?: RequestOptions): Promise<PatientProfile>;
}

/** Pauses before the looks after an uncertain create: the server may take a moment to show what it made. */
const SEARCH_DELAYS_MS = [0, 500, 1_500] as const;

type Api = PatientProfilesApi & PatientProfilesLists;
type Wait = (delayMs: number, options: { readonly signal?: AbortSignal | undefined }) => Promise<void>;

/** Binds the finding to the methods that it uses. */
export function createFinding(
  api: Api,
  inFlight: InFlightRequests,
  wait: Wait = sleep,
): PatientProfilesFinding {
  const turns = new Map<string, Promise<unknown>>();
  return {
    findOrCreate: async (body, options) => {
      const { ehr_patient_id: key } = check(body);
      const before = turns.get(key);
      const mayBegin = before && waitForTurn(before, inFlight, options?.signal);
      const turn = Promise.resolve(mayBegin).then(() => findOrCreate(api, body, options ?? {}, wait));
      // One that gave up waiting hands its turn on when it would have been its own.
      const settled = Promise.allSettled([before, turn]);
      turns.set(key, settled);
      try {
        return await turn;
      } finally {
        if (turns.get(key) === settled) turns.delete(key);
      }
    },
  };
}

/** Waits for the turn before, or for its own caller to lose patience. */
async function waitForTurn(
  before: Promise<unknown>,
  inFlight: InFlightRequests,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { stop, release } = linkAbort(inFlight, signal);
  try {
    await withAbort(before, stop.signal, endedWaiting);
  } finally {
    release();
  }
}

const endedWaiting = (reason: unknown): HeidiError =>
  isHeidiError(reason)
    ? reason
    : new HeidiAbortError("The call was aborted while it waited for its turn; nothing was sent.", {
        cause: reason,
        operation: "createPatientProfile",
        outcome: "not-sent",
      });

async function findOrCreate(
  api: Api,
  body: FindOrCreateProfile,
  options: RequestOptions,
  wait: Wait,
): Promise<PatientProfile> {
  const find = (): Promise<PatientProfile | undefined> => findProfile(api, body, options);
  const found = await find();
  if (found) return found;
  for (let creates = 1; ; creates += 1) {
    let made: PatientProfile | undefined;
    try {
      made = await api.create(body, options);
    } catch (error) {
      if (!isUncertain(error)) throw error;
      const found = await searchAgain(find, options, wait, error);
      if (found) return found;
      const atRest = error.outcome === "unknown" && !(error instanceof HeidiTimeoutError);
      if (!atRest || creates > 1) throw error;
      continue;
    }
    // Created for certain: an answer that does not say what is looked up, and nothing is ever repeated.
    return made?.id ? made : ((await find()) ?? made);
  }
}

/** Whether there may be a profile now although the create failed: made by it, or by whom a conflict is with. */
function isUncertain(error: unknown): error is HeidiError {
  if (!isHeidiError(error) || error instanceof HeidiAbortError) return false;
  return error.requestMayHaveBeenProcessed || error instanceof HeidiConflictError;
}

/** Looks for what an uncertain create may have made. A look that fails leaves it uncertain: the create's error is told. */
async function searchAgain(
  find: () => Promise<PatientProfile | undefined>,
  { signal }: RequestOptions,
  wait: Wait,
  createError: unknown,
): Promise<PatientProfile | undefined> {
  try {
    for (const delayMs of SEARCH_DELAYS_MS) {
      if (delayMs > 0) await wait(delayMs, { signal });
      const found = await find();
      if (found) return found;
    }
    return undefined;
  } catch {
    throw createError;
  }
}

/** The oldest profile that is certainly this patient's, whatever a server makes of the query. */
export async function findProfile(
  api: Pick<PatientProfilesLists, "iterate">,
  { ehr_patient_id, provider }: FindOrCreateProfile,
  options: RequestOptions,
): Promise<PatientProfile | undefined> {
  const query = { ehr_patient_id, ...(provider ? { provider } : {}) };
  let oldest: PatientProfile | undefined;
  for await (const profile of api.iterate(query, options)) {
    if (profile.ehr_patient_id !== ehr_patient_id || !profile.id) continue;
    // A server that was asked for one provider may leave it out of the answer, but not answer with another.
    if (provider && (profile.provider ?? provider) !== provider) continue;
    if (oldest === undefined || age(profile) < age(oldest)) oldest = profile;
  }
  return oldest;
}

/** Timestamps of one format sort as they are; one that is missing is taken for the newest. */
const age = ({ created_at }: PatientProfile): string => created_at ?? "~";

function check(body: unknown): FindOrCreateProfile {
  const id: unknown =
    typeof body === "object" && body !== null ? Reflect.get(body, "ehr_patient_id") : undefined;
  if (typeof id === "string" && id.trim() !== "") {
    validateCall(createPatientProfile, { body });
    return body as FindOrCreateProfile;
  }
  throw new HeidiArgumentError(
    "ehr_patient_id",
    "The argument `ehr_patient_id` must be a non-empty string: the patient is found by it.",
  );
}
