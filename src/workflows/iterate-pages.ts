import { HeidiApiError } from "../api-errors.ts";
import { HeidiArgumentError } from "../errors.ts";
import { getList, getProperty } from "../utils/values.ts";

/** The description of a list, and the request for its pages. */
export interface Listing {
  /** The fields that can contain the items, that of the spec first. */
  readonly items: readonly string[];
  /** The field that identifies an item. */
  readonly id: string;
  /** True when there can be further pages although a response does not mention them. */
  readonly paged: boolean;
  /** Requests a page; pages are counted from 1. */
  fetch(page: number): Promise<unknown>;
}

const MAX_PAGE_SIZE = 200;
/** The limit for a broken server that returns new ids forever: two million items. */
const MAX_PAGES = 10_000;

/** Checks a page size. The default is the largest, because a server without paging returns only one page. */
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
 * Yields all items of a list, each once, for every known form of paging. Ends after the last page according to the
 * answer, or after a page without new items: a server that ignores `page` returns the first one again.
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

/** Returns undefined when the server refuses a further page that it never announced. */
async function fetchPage(listing: Listing, page: number, promised: boolean | undefined): Promise<unknown> {
  try {
    return (await listing.fetch(page)) ?? {};
  } catch (error) {
    const refused = error instanceof HeidiApiError && [400, 404, 422].includes(error.status);
    if (page > 1 && !promised && refused) return undefined;
    throw error;
  }
}

/** Returns true or false when the response says whether there is another page; otherwise undefined. */
function hasNextPage(answer: unknown, page: number, seen: number): boolean | undefined {
  for (const name of ["has_next", "has_next_page"]) {
    const value = getProperty(answer, name);
    if (typeof value === "boolean") return value;
  }
  const pages = getProperty(answer, "total_pages");
  if (typeof pages === "number") return page < pages;
  const total = getProperty(answer, "total_count");
  return typeof total === "number" ? seen < total : undefined;
}

/** Pages overlap when an item is added between requests, so each item counts once. */
function isNew(seen: Set<string>, idName: string, item: unknown): boolean {
  const id = getProperty(item, idName);
  const key = typeof id === "string" || typeof id === "number" ? `id ${id}` : JSON.stringify(item);
  if (key === undefined || seen.has(key)) return false;
  seen.add(key);
  return true;
}
