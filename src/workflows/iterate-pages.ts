import { HeidiApiError } from "../api-errors.ts";
import { HeidiArgumentError } from "../errors.ts";
import { getList, getProperty } from "../utils/values.ts";

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
