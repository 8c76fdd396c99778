import { HeidiArgumentError } from "../errors.ts";
import { consults } from "./consults/index.ts";
import type { FaultRule } from "./faults/types.ts";
import { createIds } from "./ids.ts";
import { nearestOf } from "./names.ts";
import { requireValid } from "./problems.ts";
import { savedSchema, seedSchema } from "./seed-schema.ts";
import { newSession, type SandboxState, type SessionRecord, type UserRecord, userOf } from "./state.ts";
import { timestamp, type World } from "./world.ts";

/** Everything a sandbox remembers, as plain JSON. */
export interface SavedSandbox {
  readonly format: "heidi-sandbox";
  readonly version: 1;
  /** How far its ids are, so that a sandbox that goes on from here gives no id twice. */
  readonly drawnNumbers: number;
  readonly state: SandboxState;
}

/** What a sandbox starts with, written by hand. Ids that are left out are made up. */
export interface SandboxSeed {
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
  /** The Heidi account that it is linked to. */
  readonly linked_account?: string | undefined;
  /** Fields of a profile as the API takes them, and its `id`. */
  readonly patient_profiles?: readonly Readonly<Record<string, unknown>>[] | undefined;
  /** Fields of a session as the API's update takes them; `session_id`, `patient_profile_id`, and the `consult` heard in it. */
  readonly sessions?: readonly Readonly<Record<string, unknown>>[] | undefined;
}

/** A scripted answer of a seed. */
export interface SeedScript {
  readonly operation: string;
  readonly answer?: unknown;
  readonly options?: { readonly times?: number; readonly streamDelayMs?: number } | undefined;
}

/** Checks a seed; throws {@link HeidiArgumentError} with the place and reason of what does not fit. */
export function checkSeed(given: unknown): SandboxSeed {
  requireValid("seed", "The sandbox's seed", given, seedSchema);
  const seed = given as SandboxSeed;
  for (const [at, { sessions = [], patient_profiles = [] }] of (seed.users ?? []).entries()) {
    for (const [index, session] of sessions.entries()) {
      const path = `seed.users[${at}].sessions[${index}]`;
      const profileId = session["patient_profile_id"];
      if (profileId !== undefined && !patient_profiles.some((profile) => profile["id"] === profileId))
        throw unknownName(path, "patient_profile_id", "no profile of this user has this `id`");
      const consult = session["consult"];
      const ids = consults.map(({ id }) => id);
      if (typeof consult === "string" && !ids.includes(consult)) {
        const meant = nearestOf(consult, ids);
        throw unknownName(path, "consult", `there is no such consult. Did you mean \`${meant}\`?`);
      }
    }
  }
  return seed;
}

function unknownName(path: string, name: string, why: string): HeidiArgumentError {
  return new HeidiArgumentError("seed", `The sandbox's seed does not fit the API. ${path}.${name}: ${why}`);
}

/** Puts the users of a seed into the world. */
export function plantUsers(world: World, seed: SandboxSeed): void {
  for (const { email, third_party_internal_id, linked_account, ...records } of seed.users ?? []) {
    const user = userOf(world.state, { email, third_party_internal_id });
    const created_at = timestamp(world);
    if (linked_account !== undefined)
      user.linked_account = { user_id: linked_account, linked_at: created_at };
    for (const fields of records.patient_profiles ?? [])
      user.profiles.push({
        id: world.ids.hex(),
        ...structuredClone(fields),
        created_at,
        updated_at: created_at,
      });
    for (const fields of records.sessions ?? []) user.sessions.push(plantSession(world, user, fields));
  }
}

function plantSession(
  world: World,
  user: UserRecord,
  given: Readonly<Record<string, unknown>>,
): SessionRecord {
  const { session_id, patient_profile_id, consult, ...fields } = structuredClone(given);
  const session = newSession(
    typeof session_id === "string" ? session_id : world.ids.decimal(),
    timestamp(world),
  );
  Object.assign(session.fields, fields);
  const profile = user.profiles.find(({ id }) => id === patient_profile_id);
  if (profile !== undefined) {
    session.patient_profile_id = profile.id;
    session.fields["patient"] ??= { ...profile };
  }
  const heard = consults.find(({ id }) => id === consult);
  if (heard !== undefined) {
    session.audio.push({
      ...{ id: world.ids.hex(), index: 0, filename: `${heard.id}.ogg`, content_type: "audio/ogg" },
      ...{ size_bytes: 0, sha256: heard.recordingSha256, uploaded_at: session.created_at },
      ...{ consultId: heard.id, transcribedAtMs: world.clock.now() },
    });
  }
  return session;
}

/** Everything that the world remembers. */
export function saveWorld(world: World): SavedSandbox {
  const state = structuredClone(world.state);
  return { format: "heidi-sandbox", version: 1, drawnNumbers: world.ids.drawn(), state };
}

/** Puts what was saved in the place of what the world remembers; throws {@link HeidiArgumentError} when it cannot be. */
export function loadWorld(world: World, given: unknown): void {
  requireValid("saved", "What the sandbox was given to load", given, savedSchema);
  const { drawnNumbers, state } = structuredClone(given as SavedSandbox);
  world.ids = createIds(world.seed, drawnNumbers);
  world.state = state;
}
