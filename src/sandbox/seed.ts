import { createPatientProfile } from "../../generated/operations.ts";
import { HeidiArgumentError } from "../errors.ts";
import { suggestOrList } from "../utils/suggest.ts";
import { clone } from "../utils/values.ts";
import { type SandboxContext, timestamp } from "./context.ts";
import { toSpecNames } from "./dialects/forms.ts";
import type { FaultRule } from "./faults/types.ts";
import { consults, matchRecording } from "./fixtures/index.ts";
import { createIds } from "./ids.ts";
import { propertiesOf, type Schema } from "./schema.ts";
import { savedSchema, seedProfileSchema, seedSchema, seedSessionSchema } from "./seed-schema.ts";
import { components } from "./spec.ts";
import {
  newSession,
  type ProfileRecord,
  type SandboxState,
  type SessionRecord,
  type UserRecord,
  userOf,
} from "./state.ts";
import { requireValid } from "./validation.ts";

/** The state of a sandbox, as plain JSON. */
export interface SavedSandbox {
  readonly format: "heidi-sandbox";
  readonly version: 1;
  /** The position of its id generator, so that a sandbox that continues from here gives no id twice. */
  readonly drawnNumbers: number;
  readonly state: SandboxState;
}

/** The initial state of a sandbox, written by hand. Missing ids are generated. */
export interface SandboxSeed {
  /**
   * The transcript of audio that is not one of the sandbox's own recordings, one line for each turn. Notes, answers and
   * codes follow from it. Default: the first consult.
   */
  readonly transcript?: string | undefined;
  readonly users?: readonly SeedUser[] | undefined;
  /** Scripted answers, as `script()` takes them. */
  readonly scripts?: readonly SeedScript[] | undefined;
  /** Faults, as `fault()` takes them. */
  readonly faults?: readonly (FaultRule & { readonly operation: string })[] | undefined;
}

/** A user of a seed. */
export interface SeedUser {
  readonly email: string;
  readonly third_party_internal_id: string;
  /** The linked Heidi account. */
  readonly linked_account?: string | undefined;
  /** Fields of a profile as the API takes them, and its `id`. */
  readonly patient_profiles?: readonly Readonly<Record<string, unknown>>[] | undefined;
  /** Fields of a session as the API's update takes them; `session_id`, `patient_profile_id`, and the `consult` or the `transcript` heard in it. */
  readonly sessions?: readonly Readonly<Record<string, unknown>>[] | undefined;
}

/** A scripted answer of a seed. */
export interface SeedScript {
  readonly operation: string;
  readonly answer?: unknown;
  readonly options?: { readonly times?: number; readonly streamDelayMs?: number } | undefined;
}

/** Checks a seed; throws {@link HeidiArgumentError} with the place and reason of the first violation. */
export function checkSeed(given: unknown): SandboxSeed {
  requireValid("seed", "The sandbox's seed", given, seedSchema);
  const seed = given as SandboxSeed;
  for (const [at, { sessions = [], patient_profiles = [] }] of (seed.users ?? []).entries()) {
    for (const [index, profile] of patient_profiles.entries()) {
      const path = `seed.users[${at}].patient_profiles[${index}]`;
      onlyKnown(path, profile, seedProfileSchema);
      const { birth_date, date_of_birth } = profile;
      if (birth_date !== undefined && date_of_birth !== undefined && birth_date !== date_of_birth)
        throw unknownName(path, "birth_date", "`date_of_birth` says something else; give one of them");
    }
    for (const [index, session] of sessions.entries()) {
      const path = `seed.users[${at}].sessions[${index}]`;
      onlyKnown(path, session, seedSessionSchema);
      const profileId = session["patient_profile_id"];
      if (profileId !== undefined && !patient_profiles.some((profile) => profile["id"] === profileId))
        throw unknownName(path, "patient_profile_id", "no profile of this user has this `id`");
      const consult = session["consult"];
      const ids = consults.map(({ id }) => id);
      if (typeof consult === "string" && !ids.includes(consult)) {
        const advice = suggestOrList(consult, ids, "The consults are", quoted);
        throw unknownName(path, "consult", `there is no such consult.${advice}`);
      }
    }
  }
  return seed;
}

const quoted = (name: string): string => `\`${name}\``;

/** Rejects unknown fields. The API ignores them, but in a handwritten seed they are mistakes. */
function onlyKnown(path: string, given: Readonly<Record<string, unknown>>, schema: Schema): void {
  const known = Object.keys(propertiesOf(schema, components));
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const advice = suggestOrList(unknown, known, "The fields are", quoted);
  throw unknownName(path, unknown, `there is no such field.${advice}`);
}

function unknownName(path: string, name: string, why: string): HeidiArgumentError {
  return new HeidiArgumentError("seed", `The sandbox's seed does not fit the API. ${path}.${name}: ${why}`);
}

/** Adds the users of a seed to the context. */
export function seedUsers(context: SandboxContext, seed: SandboxSeed): void {
  context.words = seed.transcript;
  for (const { email, third_party_internal_id, linked_account, ...records } of seed.users ?? []) {
    const user = userOf(context.state, { email, third_party_internal_id });
    const created_at = timestamp(context);
    if (linked_account !== undefined)
      user.linked_account = { user_id: linked_account, linked_at: created_at };
    for (const fields of records.patient_profiles ?? [])
      user.profiles.push({
        id: context.ids.hex(),
        ...toSpecNames(createPatientProfile, clone(fields)),
        created_at,
        updated_at: created_at,
      });
    for (const fields of records.sessions ?? []) user.sessions.push(seedSession(context, user, fields));
  }
}

function seedSession(
  context: SandboxContext,
  user: UserRecord,
  given: Readonly<Record<string, unknown>>,
): SessionRecord {
  const { session_id, patient_profile_id, consult, transcript, ...fields } = clone(given);
  const session = newSession(
    typeof session_id === "string" ? session_id : context.ids.decimal(),
    timestamp(context),
  );
  Object.assign(session.fields, fields);
  const profile = user.profiles.find(({ id }) => id === patient_profile_id);
  if (profile !== undefined) {
    session.patient_profile_id = profile.id;
    session.fields["patient"] ??= { ...profile };
  }
  const known = consults.find(({ id }) => id === consult);
  const said = typeof transcript === "string" ? transcript : undefined;
  if (known !== undefined || said !== undefined) {
    const sha256 = said === undefined ? (known?.recordingSha256 ?? "") : "";
    session.audio.push({
      ...{
        id: context.ids.hex(),
        index: 0,
        filename: `${said === undefined ? known?.id : "visit"}.ogg`,
        content_type: "audio/ogg",
      },
      ...{ size_bytes: 0, sha256, uploaded_at: session.created_at },
      ...{ ...matchRecording(sha256, said), transcribedAtMs: context.clock.now() },
    });
  }
  return session;
}

/** Returns the state of the context. */
export function saveState(context: SandboxContext): SavedSandbox {
  const state = clone(context.state);
  return { format: "heidi-sandbox", version: 1, drawnNumbers: context.ids.drawn(), state };
}

/** Replaces the state of the context by a saved one; throws {@link HeidiArgumentError} when it is invalid. */
export function loadState(context: SandboxContext, given: unknown): void {
  requireValid("saved", "The state to load", given, savedSchema);
  const { drawnNumbers, state } = clone(given as SavedSandbox);
  context.ids = createIds(context.seed, drawnNumbers);
  // A state may be edited by hand, with a birthday under either name.
  for (const user of state.users)
    user.profiles = user.profiles.map(
      (profile) => toSpecNames(createPatientProfile, profile) as ProfileRecord,
    );
  context.state = state;
}
