import fc from "fast-check";
import { Heidi } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { BASE_URL, clinicianOn, refusalOf, type Sent } from "./support.ts";

describe("a number out of its range", () => {
  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], [0], [201], [1.5], [-1], ["10"], [true], [{}], [10n]])(
    "such as page_size %s is refused with its range [G2]",
    async (page_size) => {
      const { clinician, sent } = clinicianOn();
      const error = await refusalOf(() =>
        clinician.sessions.listLinkedUser({ page_size: page_size as number }),
      );
      expect(error.argument).toBe("page_size");
      expect(error.message).toContain("from 1 to 200");
      expect(sent).toEqual([]);
    },
  );

  it.each([[1], [200]])("page_size %d is sent [G2]", async (page_size) => {
    const { clinician, sent } = clinicianOn();
    await clinician.sessions.listLinkedUser({ page_size });
    expect(sent[0]?.url).toBe(`${BASE_URL}/sessions/linked-user?page_size=${page_size}`);
  });
});

describe("an empty filter", () => {
  it.each([
    ["[]", []],
    ["undefined", undefined],
    ["null", null],
    ["text", "all"],
    ["an object that looks like a list", { length: 1, 0: "a" }],
  ])("never means all: deleteDocuments refuses %s [G3]", async (_, ids) => {
    const { clinician, sent } = clinicianOn();
    const call = () => clinician.sessionContext.deleteDocuments("1", { ids } as { ids: string[] });
    expect((await refusalOf(call)).argument).toBe("ids");
    expect(sent).toEqual([]);
  });

  it.each([
    ["undefined", undefined],
    ["an empty object", {}],
  ])("nor does %s in its place [G3]", async (_, query) => {
    const { clinician, sent } = clinicianOn();
    await refusalOf(() => clinician.sessionContext.deleteDocuments("1", query as { ids: string[] }));
    expect(sent).toEqual([]);
  });

  it.each([[[]], [undefined], [null], ["1"]])(
    "nor for batchDelete of %j [G3]",
    async (patient_profile_ids) => {
      const { clinician, sent } = clinicianOn();
      const body = { patient_profile_ids } as { patient_profile_ids: string[] };
      expect((await refusalOf(() => clinician.patientProfiles.batchDelete(body))).argument).toBe(
        "patient_profile_ids",
      );
      expect(sent).toEqual([]);
    },
  );

  it.each([[[undefined]], [[null]], [[undefined, "a"]], [["a", ""]], [[" "]]])(
    "nor do holes or blanks in a list of ids, %j [G3]",
    async (ids) => {
      const { clinician, sent } = clinicianOn();
      await refusalOf(() => clinician.sessionContext.deleteDocuments("1", { ids: ids as string[] }));
      await refusalOf(() => clinician.patientProfiles.batchDelete({ patient_profile_ids: ids as string[] }));
      expect(sent).toEqual([]);
    },
  );

  it("and a list is sent as it is, its name repeated [G3]", async () => {
    const { clinician, sent } = clinicianOn(() => new Response(null, { status: 204 }));
    await clinician.sessionContext.deleteDocuments("1", { ids: ["a&b", "c"] });
    expect(sent[0]?.url).toBe(`${BASE_URL}/sessions/1/context-documents?ids=a%26b&ids=c`);
  });
});

describe("an identity", () => {
  const jwt = { token: "jwt", expiration_time: "2099-01-01T00:00:00Z" };
  const asked = async (email: string, thirdPartyInternalId: string): Promise<Sent[]> => {
    const sent: Sent[] = [];
    const fetch = (url: string, init: RequestInit): Promise<Response> => {
      sent.push({ url, method: "", headers: init.headers as Record<string, string>, body: init.body });
      return Promise.resolve(Response.json(jwt));
    };
    const heidi = new Heidi({ apiKey: "key", baseUrl: BASE_URL, fetch });
    await heidi.forUser({ email, thirdPartyInternalId }).token();
    await heidi.close();
    return sent;
  };

  it("reaches the exchange letter by letter, whatever is in it [G4]", async () => {
    const text = fc
      .string({ unit: "binary", minLength: 1, maxLength: 30 })
      .filter((it) => it.trim() !== "" && it.replace(/\p{Cs}/gu, "") === it);
    const awkward = fc.constantFrom(
      "a+b@x.example",
      "a&third_party_internal_id=2@x",
      "a#b",
      "a\r\nHost: x",
      "ä@ö",
      "%41@x",
      "a b",
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(text, awkward), fc.oneof(text, awkward), async (email, id) => {
        const [request] = await asked(email, id);
        const url = new URL(request?.url ?? "");
        expect(`${url.origin}${url.pathname}`).toBe(`${BASE_URL}/jwt`);
        expect([...url.searchParams]).toEqual([
          ["email", email],
          ["third_party_internal_id", id],
        ]);
        expect(url.hash).toBe("");
        expect(url.search).toMatch(/^[\x21-\x7e]+$/);
      }),
      { numRuns: 200 },
    );
  });

  it("with a lone surrogate is refused, for no URL can hold it [G4]", async () => {
    await expect(asked("a\ud800@x.example", "1")).rejects.toMatchObject({
      name: "HeidiArgumentError",
      argument: "email",
    });
  });

  it.each([
    [{}],
    [undefined],
    [null],
    ["dr@x"],
    [{ email: "", thirdPartyInternalId: "1" }],
    [{ email: " ", thirdPartyInternalId: "1" }],
    [{ email: "a@b", thirdPartyInternalId: 7 }],
  ])("that is incomplete, %j, is refused before anything else [G4]", (identity) => {
    const heidi = new Heidi({ apiKey: "key", baseUrl: BASE_URL });
    expect(() => heidi.forUser(identity as never)).toThrowError(
      expect.objectContaining({ name: "HeidiConfigurationError" }),
    );
  });
});
