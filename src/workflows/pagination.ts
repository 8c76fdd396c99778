import type { UserApi } from "../../generated/client.ts";
import type {
  ListLinkedUserSessionsQuery,
  ListPatientProfilesQuery,
  PatientProfile,
  Session,
} from "../../generated/types.ts";
import { HeidiApiError } from "../api-errors.ts";
import { HeidiArgumentError } from "../errors.ts";
import type { RequestOptions } from "../http/options.ts";
import { withCallSite } from "../utils/call-site.ts";
import { getList, getProperty } from "../utils/values.ts";

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
      const page_size = checkPageSize(query?.page_size);
      yield* iteratePages<Session>({
        items: ["data", "sessions"],
        id: "session_id",
        paged: true,
        fetch: (page) => api.sessions.listLinkedUser(withPage({ ...query, page_size }, page), options),
      });
    }),
    iterate: withCallSite(async function* (query, options) {
      yield* iteratePages<PatientProfile>({
        items: ["data", "patient_profiles"],
        id: "id",
        paged: false,
        fetch: (page) => api.patientProfiles.list(withPage({ ...query }, page), options),
      });
    }),
  };
}

/** The first page is asked for as the spec has it. */
const withPage = <Q extends object>(query: Q, page: number): Q => (page === 1 ? query : { ...query, page });

/** What a list is and how it is asked for. */
export interface Listing {
  /** Fields in which deployments put the items, the spec's first. */
  readonly items: readonly string[];
  /** The field that tells one item from another. */
  readonly id: string;
  /** Whether a full answer that says nothing of further pages may have some. */
  readonly paged: boolean;
  /** Asks for a page, counted from 1. */
  fetch(page: number): Promise<unknown>;
}

const MAX_PAGE_SIZE = 200;
/** A server that has new ids for ever is broken; two million items are not a list to walk through. */
const MAX_PAGES = 10_000;

/** Checks a page size; the largest is the default, for a server that cannot page shows no more than one page. */
export function checkPageSize(value: unknown): number {
  if (value === undefined || value === null) return MAX_PAGE_SIZE;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_PAGE_SIZE)
    return value;
  throw new HeidiArgumentError(
    "page_size",
    `The argument \`page_size\` must be a whole number from 1 to ${MAX_PAGE_SIZE}.`,
  );
}

/**
 * All items of a list, each once, whatever its server calls its pages and however it numbers them. Ends with the page
 * that says it is the last, or that brings nothing new: a server that ignores `page` answers the first one again.
 */
export async function* iteratePages<T>(listing: Listing): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string>();
  let promised: boolean | undefined;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const answer = await fetchPage(listing, page, promised);
    if (answer === undefined) return;
    const items = getList(answer, ...listing.items) ?? (Array.isArray(answer) ? answer : []);
    const fresh = items.filter((item) => isNew(seen, listing.id, item));
    yield* fresh as readonly T[];
    promised = hasNextPage(answer, page, seen.size);
    if (fresh.length === 0 || !(promised ?? listing.paged)) return;
  }
}

/** Undefined when the server does not know of pages, and never said that there was another one. */
async function fetchPage(listing: Listing, page: number, promised: boolean | undefined): Promise<unknown> {
  try {
    return (await listing.fetch(page)) ?? {};
  } catch (error) {
    const refused = error instanceof HeidiApiError && [400, 404, 422].includes(error.status);
    if (page > 1 && !promised && refused) return undefined;
    throw error;
  }
}

/** Whether the answer says that there is another page; undefined when it says nothing about it. */
function hasNextPage(answer: unknown, page: number, seen: number): boolean | undefined {
  for (const name of ["has_next", "has_next_page"]) {
    const said = getProperty(answer, name);
    if (typeof said === "boolean") return said;
  }
  const pages = getProperty(answer, "total_pages");
  if (typeof pages === "number") return page < pages;
  const total = getProperty(answer, "total_count");
  return typeof total === "number" ? seen < total : undefined;
}

/** Pages overlap when something was added meanwhile, so an item counts once. */
function isNew(seen: Set<string>, idName: string, item: unknown): boolean {
  const id = getProperty(item, idName);
  const key = typeof id === "string" || typeof id === "number" ? `id ${id}` : JSON.stringify(item);
  if (key === undefined || seen.has(key)) return false;
  seen.add(key);
  return true;
}
