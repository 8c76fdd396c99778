import { HeidiArgumentError, HeidiUnprocessableError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { type Seen, scriptedApi } from "./api.ts";

const ALL = Array.from({ length: 7 }, (_, index) => ({ session_id: `${index}` }));

/** A server that pages, and tells of it in its own way. */
const paging =
  (tell: (page: number, size: number) => object, items = "data", most = 200) =>
  ({ query }: Seen): object => {
    const page = Number(query.get("page") ?? 1);
    const size = Math.min(most, Number(query.get("page_size")));
    return { [items]: ALL.slice((page - 1) * size, page * size), ...tell(page, size) };
  };

async function idsOf(
  answer: (request: Seen) => unknown,
  query?: { page_size?: number },
): Promise<{ ids: unknown[]; requests: number }> {
  const { clinician, seen } = scriptedApi(answer);
  const ids: unknown[] = [];
  for await (const { session_id } of clinician.sessions.iterateLinkedUser(query)) ids.push(session_id);
  return { ids, requests: seen.length };
}
const EVERY = ALL.map(({ session_id }) => session_id);

describe("walking through sessions", () => {
  it.each<[string, (request: Seen) => unknown, number]>([
    ["has_next", paging((page, size) => ({ has_next: page * size < 7 })), 3],
    [
      "has_next_page and sessions",
      paging((page, size) => ({ has_next_page: page * size < 7 }), "sessions"),
      3,
    ],
    ["total_pages", paging((_, size) => ({ total_pages: Math.ceil(7 / size) })), 3],
    ["total_count", paging(() => ({ total_count: 7 })), 3],
    ["nothing at all", paging(() => ({})), 4],
    ["null", paging(() => ({ has_next: null, total_pages: null })), 4],
    ["a smaller page than asked for", paging(() => ({ total_count: 7 }), "data", 2), 4],
  ])("gives each once when the server tells of pages by %s", async (_, answer, requests) => {
    expect(await idsOf(answer, { page_size: 3 })).toEqual({ ids: EVERY, requests });
  });

  it.each([
    ["says that there is more", { has_next: true }],
    ["says nothing", {}],
    ["counts more than it shows", { total_count: 500 }],
  ])("ends when the server ignores pages and %s", async (_, told) => {
    expect(await idsOf(() => ({ data: ALL, ...told }))).toEqual({ ids: EVERY, requests: 2 });
  });

  it.each([400, 404, 422])(
    "ends when a server that told of no more pages refuses to be asked: %i",
    async (status) => {
      const answer = ({ query }: Seen): unknown =>
        query.has("page") ? Response.json({}, { status }) : { data: ALL };
      expect(await idsOf(answer)).toEqual({ ids: EVERY, requests: 2 });
    },
  );

  it("fails when a page that was promised is refused, rather than hide what is missing", async () => {
    const answer = ({ query }: Seen): unknown =>
      query.has("page") ? Response.json({}, { status: 422 }) : { data: ALL, has_next: true };
    await expect(idsOf(answer)).rejects.toBeInstanceOf(HeidiUnprocessableError);
  });

  it("gives a session once that moved to the next page meanwhile", async () => {
    let first = true;
    const answer = paging((page, size) => ({ has_next: page * size < 7 }));
    const moving = (request: Seen): unknown => {
      if (!first) return answer(request);
      first = false;
      return { data: [{ session_id: "new" }, ...ALL.slice(0, 3)], has_next: true };
    };
    const { ids } = await idsOf(moving, { page_size: 3 });
    expect(ids).toEqual(["new", ...EVERY]);
  });

  it.each([[undefined], [null], [{}], [{ data: null }], [{ data: [] }], [{ has_next: true }]])(
    "gives nothing for the answer %j",
    async (answer) => {
      expect(await idsOf(() => answer ?? null)).toEqual({ ids: [], requests: 1 });
    },
  );

  it.each([0, -1, 201, 1.5, Number.NaN, "50"])(
    "refuses a page size of %s before any request [G2]",
    async (size) => {
      const { clinician, seen } = scriptedApi(() => ({}));
      const first = clinician.sessions.iterateLinkedUser({ page_size: size as number }).next();
      await expect(first).rejects.toBeInstanceOf(HeidiArgumentError);
      expect(seen).toEqual([]);
    },
  );

  it("asks for pages only as they are used, and for none before the first", async () => {
    const { clinician, seen } = scriptedApi(paging((page, size) => ({ has_next: page * size < 7 })));
    const sessions = clinician.sessions.iterateLinkedUser({ page_size: 3 });
    expect(seen).toEqual([]);
    for await (const { session_id } of sessions) if (session_id === "1") break;
    expect(seen.map(({ query }) => query.toString())).toEqual(["page_size=3"]);
  });
});

describe("walking through patient profiles", () => {
  it("takes the spec's answer for the whole list", async () => {
    const { clinician, seen } = scriptedApi(() => ({ data: [{ id: "a" }, { id: "b" }] }));
    const ids: unknown[] = [];
    for await (const { id } of clinician.patientProfiles.iterate({ provider: "x" })) ids.push(id);
    expect(ids).toEqual(["a", "b"]);
    // Under both of its names, for a deployment reads only one of them.
    expect(seen.map(({ query }) => query.toString())).toEqual(["ehr_provider=x&provider=x"]);
  });

  it("asks on when the answer tells of more", async () => {
    const { clinician, seen } = scriptedApi(({ query }) => ({
      data: [{ id: query.get("page") ?? "1" }],
      total_pages: 3,
    }));
    const ids: unknown[] = [];
    for await (const { id } of clinician.patientProfiles.iterate()) ids.push(id);
    expect(ids).toEqual(["1", "2", "3"]);
    expect(seen).toHaveLength(3);
  });
});
