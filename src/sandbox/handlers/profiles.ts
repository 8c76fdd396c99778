import { timestamp } from "../context.ts";
import {
  empty,
  findProfile,
  type HandlerContext,
  type Handlers,
  json,
  requireLinkedAccount,
  userOfCall,
} from "../handler-context.ts";
import { httpError, missing } from "../http-error.ts";
import { propertiesOf } from "../schema.ts";
import { components } from "../spec.ts";
import type { ProfileRecord } from "../state.ts";

/** Patient profiles. */
export const profileHandlers: Handlers = {
  createPatientProfile: (call) => {
    requireLinkedAccount(call);
    const created_at = timestamp(call.context);
    const profile: ProfileRecord = {
      ...fieldsOf(call, "PatientProfileCreate"),
      id: call.context.ids.hex(),
      created_at,
      updated_at: created_at,
    };
    userOfCall(call).profiles.push(profile);
    return json(profile);
  },
  listPatientProfiles: (call) => {
    requireLinkedAccount(call);
    const wanted = ["ehr_patient_id", "provider"].filter((name) => call.query.has(name));
    const fits = (profile: ProfileRecord): boolean =>
      wanted.every((name) => profile[name] === call.query.get(name));
    return json({ data: userOfCall(call).profiles.filter(fits) });
  },
  getPatientProfile: (call) => json(profileOfPath(call)),
  updatePatientProfile: (call) => {
    const profile = profileOfPath(call);
    Object.assign(profile, fieldsOf(call, "PatientProfileUpdate"), { updated_at: timestamp(call.context) });
    return json(profile);
  },
  batchDeletePatientProfiles: (call) => {
    const ids = call.body.get("patient_profile_ids");
    requireLinkedAccount(call);
    if (!Array.isArray(ids)) throw missing("body", "patient_profile_ids");
    const user = userOfCall(call);
    user.profiles = user.profiles.filter((profile) => !ids.includes(profile.id));
    return empty;
  },
  linkSessionToPatientProfile: (call) => {
    const profile = profileOfPath(call);
    const ids = call.body.get("session_ids");
    if (!Array.isArray(ids)) throw missing("body", "session_id");
    const { sessions } = userOfCall(call);
    const linked = ids.map((wanted) => sessions.find((record) => record.session_id === wanted));
    for (const session of linked)
      if (session === undefined) throw httpError(404, "SessionNotFoundError", "Session not found");
    for (const session of linked.filter((found) => found !== undefined)) {
      session.patient_profile_id = profile.id;
      session.fields["patient"] = { ...profile };
      session.updated_at = timestamp(call.context);
    }
    return json({ data: ids.map((session_id) => ({ session_id })) });
  },
};

function profileOfPath(call: HandlerContext): ProfileRecord {
  requireLinkedAccount(call);
  return findProfile(call, call.path.get("patient_profile_id"));
}

/** Returns the body's fields that are in the schema; other fields are ignored, as in the API. */
function fieldsOf(call: HandlerContext, schema: string): Record<string, unknown> {
  const known = Object.keys(propertiesOf({ $ref: schema }, components));
  return Object.fromEntries(
    known.filter((name) => call.body.has(name)).map((name) => [name, call.body.get(name)]),
  );
}
