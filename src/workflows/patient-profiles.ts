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

/** A patient as in the EHR; `ehr_patient_id` identifies them. */
export type FindOrCreateProfile = PatientProfileCreate & { readonly ehr_patient_id: string };

/** The method that finds or creates a patient profile. */
export interface PatientProfilesFinding {
  /**
   * Returns the profile of the patient with this `ehr_patient_id` (and `provider`, when set); creates it from the other
   * fields when there is none. An existing profile is returned as it is, not updated; of several, the oldest.
   *
   * It looks the profile up first, and again after a create with an uncertain outcome. It repeats such a create once, and
   * only when several lookups did not find the profile. It never repeats one that succeeded or may still be running (a
   * timeout): then it throws the create's error, and you can safely call it again later. Calls for the same patient
   * through one `Heidi` user object run one after the other. Two processes that create the same patient at the same moment
   * can both succeed: the API does not refuse the second.
   *
   * @throws HeidiArgumentError before any request, without an `ehr_patient_id` or for a body that `create` would refuse;
   * otherwise the errors of `list` and `create`.
   *
   * @example
   * const profile = await clinician.patientProfiles.findOrCreate({ ehr_patient_id: "p-1", first_name: "Karen" });
   */
  findOrCreate(body: FindOrCreateProfile, options?: RequestOptions): Promise<PatientProfile>;
}

/** Delays before the lookups after an uncertain create: the server may take a moment to show the profile. */
const SEARCH_DELAYS_MS = [0, 500, 1_500] as const;

type Api = PatientProfilesApi & PatientProfilesLists;
type Wait = (delayMs: number, options: { readonly signal?: AbortSignal | undefined }) => Promise<void>;

/** Binds `findOrCreate` to the API methods that it calls. */
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
      // A call that stopped waiting still delays the next one until its own turn would have come.
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

/** Waits for the previous turn, or until the caller aborts. */
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
    // Certainly created: look it up when the response has no id, and never repeat the create.
    return made?.id ? made : ((await find()) ?? made);
  }
}

/** Returns true when a profile may exist although the create failed: from this create, or from a conflicting one. */
function isUncertain(error: unknown): error is HeidiError {
  if (!isHeidiError(error) || error instanceof HeidiAbortError) return false;
  return error.requestMayHaveBeenProcessed || error instanceof HeidiConflictError;
}

/** Looks up the profile of an uncertain create. When the lookup fails, it throws the create's error. */
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

/** Returns the patient's oldest profile. It checks every result, because a server may ignore the query. */
export async function findProfile(
  api: Pick<PatientProfilesLists, "iterate">,
  { ehr_patient_id, provider }: FindOrCreateProfile,
  options: RequestOptions,
): Promise<PatientProfile | undefined> {
  const query = { ehr_patient_id, ...(provider ? { provider } : {}) };
  let oldest: PatientProfile | undefined;
  for await (const profile of api.iterate(query, options)) {
    if (profile.ehr_patient_id !== ehr_patient_id || !profile.id) continue;
    // A server may omit the requested provider from the response, but must not return another one.
    if (provider && (profile.provider ?? provider) !== provider) continue;
    if (oldest === undefined || age(profile) < age(oldest)) oldest = profile;
  }
  return oldest;
}

/** Timestamps of one format sort as strings; a missing one counts as the newest. */
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
