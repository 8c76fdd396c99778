import type { UserApi } from "../../generated/client.ts";
import type {
  ListLinkedUserSessionsQuery,
  ListPatientProfilesQuery,
  PatientProfile,
  Session,
} from "../../generated/types.ts";
import type { RequestOptions } from "../http/options.ts";
import { withCallSite } from "../utils/call-site.ts";
import { loadChunk } from "../utils/lazy.ts";

/** A patient by the id of their profile or by the EHR's; a profile fits. */
export type PatientKey = Pick<PatientProfile, "id" | "ehr_patient_id">;

/** Walking through sessions. */
export interface SessionsLists {
  /**
   * The linked user's sessions one by one, asked for page by page as they are used. `break` ends the asking. A session
   * that moves to another page meanwhile is given once.
   *
   * The spec has a `page_size` but no way to ask for a second page. This asks with `page=2`, `page=3`, … as deployments
   * that page understand it; where that is ignored, the first page comes again, and the iteration ends with it: then no
   * more than `page_size` sessions can be reached, which is why its default is the largest, 200.
   *
   * @param query - `page_size` from 1 to 200.
   * @throws HeidiArgumentError for another page size; else as `listLinkedUser`.
   *
   * @example
   * for await (const session of clinician.sessions.iterateLinkedUser({ page_size: 50 })) {
   *   if (session.consult_note) break;
   * }
   */
  iterateLinkedUser(
    query?: ListLinkedUserSessionsQuery,
    options?: RequestOptions,
  ): AsyncGenerator<Session, void, undefined>;
  /**
   * One patient's sessions among the linked user's, in the order of {@link SessionsLists.iterateLinkedUser}, with its
   * limits. The API has no such list: this walks through all sessions and gives those that name this patient. Where the
   * list names no patients, each session is asked for (`sessions.get`) until one does.
   *
   * @param patient - a profile, `{ id }` of one, or `{ ehr_patient_id }`, by which the profile is looked up first.
   * @throws HeidiArgumentError for another `patient`; else as `listLinkedUser`, `get` and `patientProfiles.list`.
   *
   * @example
   * for await (const { session_id, created_at } of clinician.sessions.iterateForPatient({ ehr_patient_id: "mrn-7" })) report({ session_id, created_at });
   */
  iterateForPatient(patient: PatientKey, options?: RequestOptions): AsyncGenerator<Session, void, undefined>;
}

/** Walking through patient profiles. */
export interface PatientProfilesLists {
  /**
   * The patient profiles that fit, one by one. The spec's list has no pages: what it answers is taken for all, unless it
   * says that there is more (`total_pages`, `has_next`); then further ones are asked for with `page`.
   *
   * @throws as `list`.
   *
   * @example
   * for await (const profile of clinician.patientProfiles.iterate({ provider: "best-practice" })) index(profile);
   */
  iterate(
    query?: ListPatientProfilesQuery,
    options?: RequestOptions,
  ): AsyncGenerator<PatientProfile, void, undefined>;
}

/** Binds the walks to the methods that they ask with. */
export function createLists(
  api: Pick<UserApi, "sessions" | "patientProfiles">,
): Pick<SessionsLists, "iterateLinkedUser"> & PatientProfilesLists {
  return {
    iterateLinkedUser: withCallSite(async function* (query, options) {
      const { checkPageSize, iteratePages } = await pages();
      const page_size = checkPageSize(query?.page_size);
      yield* iteratePages<Session>({
        items: ["data", "sessions"],
        id: "session_id",
        paged: true,
        fetch: (page) => api.sessions.listLinkedUser(withPage({ ...query, page_size }, page), options),
      });
    }),
    iterate: withCallSite(async function* (query, options) {
      const { iteratePages } = await pages();
      yield* iteratePages<PatientProfile>({
        items: ["data", "patient_profiles"],
        id: "id",
        paged: false,
        fetch: (page) => api.patientProfiles.list(withPage({ ...query }, page), options),
      });
    }),
  };
}

const pages = (): Promise<typeof import("./iterate-pages.ts")> => loadChunk(import("./iterate-pages.ts"));

/** The first page is asked for as the spec has it. */
const withPage = <Q extends object>(query: Q, page: number): Q => (page === 1 ? query : { ...query, page });
