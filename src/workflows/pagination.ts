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

/** A patient, by profile id or by the EHR's id; a profile is valid too. */
export type PatientKey = Pick<PatientProfile, "id" | "ehr_patient_id">;

/** Methods that iterate over sessions. */
export interface SessionsLists {
  /**
   * Yields the linked user's sessions one by one, and requests each page when it is needed. After `break` it sends no
   * further request. A session that moves to another page between requests is yielded once.
   *
   * The spec has a `page_size` but no parameter for a second page. This method sends `page=2`, `page=3`, …, which
   * deployments with paging understand. A deployment that ignores it returns the first page again, and the iteration ends:
   * then only `page_size` sessions are reachable, so its default is the largest, 200.
   *
   * @param query - `page_size` from 1 to 200.
   * @throws HeidiArgumentError for another page size; otherwise the errors of `listLinkedUser`.
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
   * Yields one patient's sessions of the linked user, in the order of {@link SessionsLists.iterateLinkedUser}, with its
   * limits. The API has no such list: this method iterates over all sessions and yields those that name this patient.
   * While the list names no patients, it requests each session (`sessions.get`).
   *
   * @param patient - a profile, its `{ id }`, or `{ ehr_patient_id }`, by which the profile is looked up first.
   * @throws HeidiArgumentError for another `patient`; otherwise the errors of `listLinkedUser`, `get` and
   * `patientProfiles.list`.
   *
   * @example
   * for await (const { session_id, created_at } of clinician.sessions.iterateForPatient({ ehr_patient_id: "mrn-7" })) report({ session_id, created_at });
   */
  iterateForPatient(patient: PatientKey, options?: RequestOptions): AsyncGenerator<Session, void, undefined>;
}

/** The method that iterates over patient profiles. */
export interface PatientProfilesLists {
  /**
   * Yields the matching patient profiles one by one. The spec's list has no pages, so a response counts as complete unless
   * it announces more (`total_pages`, `has_next`); then further pages are requested with `page`.
   *
   * @throws the errors of `list`.
   *
   * @example
   * for await (const profile of clinician.patientProfiles.iterate({ provider: "best-practice" })) index(profile);
   */
  iterate(
    query?: ListPatientProfilesQuery,
    options?: RequestOptions,
  ): AsyncGenerator<PatientProfile, void, undefined>;
}

/** Binds the iterations to the API methods that they call. */
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

/** The first page is requested as the spec defines it, without `page`. */
const withPage = <Q extends object>(query: Q, page: number): Q => (page === 1 ? query : { ...query, page });
