import { Heidi, HeidiArgumentError, type LinkUrlOptions } from "heidi-health-sdk";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { describe, expect, it } from "vitest";

const API = "/api/v2/ml-scribe/open-api";
const identity = { email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" };

/** A clinician whose client has this address, and what it asked for. */
function clinicianAt(options: { readonly baseUrl?: string; readonly region?: "au" | "uk" }) {
  const asked: string[] = [];
  const fetch = async (input: string): Promise<Response> => {
    asked.push(new URL(input).pathname);
    return Response.json({ token: "a.b.c", expiration_time: new Date(Date.now() + 3_600_000) });
  };
  return { clinician: new Heidi({ apiKey: "key", fetch, ...options }).forUser(identity), asked };
}

const partsOf = (url: string): readonly unknown[] => {
  const { origin, pathname, searchParams } = new URL(url);
  return [`${origin}${pathname}`, Object.fromEntries(searchParams)];
};

describe("the page on which a clinician links their account", () => {
  it.each([
    ["production", { region: "uk" }, "https://scribe.heidihealth.com", { region: "UK" }],
    [
      "production by its address",
      { baseUrl: `https://au.api.heidihealth.com${API}` },
      "https://scribe.heidihealth.com",
      { region: "AU" },
    ],
    [
      "staging",
      { baseUrl: `https://registrar.api.heidihealth.com${API}` },
      "https://registrar.scribe.heidihealth.com",
      {},
    ],
    [
      "staging in a region",
      { baseUrl: `https://registrar.api.heidihealth.com${API}`, region: "au" },
      "https://registrar.scribe.heidihealth.com",
      { region: "AU" },
    ],
    ["a sandbox", { baseUrl: `http://127.0.0.1:4010${API}` }, "http://127.0.0.1:4010", {}],
  ] as const)("is that of %s", async (_, options, origin, region) => {
    const { clinician } = clinicianAt(options);
    expect(partsOf(await clinician.account.linkUrl())).toEqual([
      `${origin}/integration/widget/auth`,
      { reset: "true", ...region, t: "a.b.c" },
    ]);
  });

  it("is told the product, the region and to keep a sign-in, as it is asked to", async () => {
    const { clinician } = clinicianAt({ region: "au" });
    const url = await clinician.account.linkUrl({ productName: "Example & Co", region: "eu", reset: false });
    expect(partsOf(url)[1]).toEqual({ region: "EU", productName: "Example & Co", t: "a.b.c" });
  });

  it("is another one when it is given, with what is there already", async () => {
    const { clinician } = clinicianAt({ baseUrl: "https://gateway.clinic.example/heidi" });
    const url = await clinician.account.linkUrl({ page: "https://heidi.clinic.example/auth?theme=dark" });
    expect(partsOf(url)).toEqual([
      "https://heidi.clinic.example/auth",
      { theme: "dark", reset: "true", t: "a.b.c" },
    ]);
  });

  it("is not guessed behind a gateway, and no token is asked for", async () => {
    const { clinician, asked } = clinicianAt({ baseUrl: "https://gateway.clinic.example/heidi" });
    await expect(clinician.account.linkUrl()).rejects.toMatchObject({ argument: "page" });
    expect(asked).toEqual([]);
  });

  it.each([
    ["page", { page: "http://heidi.clinic.example/auth" }],
    ["page", { page: "https://user:secret@heidi.clinic.example/auth" }],
    ["page", { page: "https://heidi.clinic.example/auth#top" }],
    ["page", { page: "/auth" }],
    ["page", { page: "javascript:alert(1)" }],
    ["page", { page: 7 }],
    ["region", { region: "mars" }],
    ["reset", { reset: "yes" }],
    ["productName", { productName: " " }],
    ["productName", { productName: 7 }],
  ])("refuses a wrong %s before a token is asked for: %j", async (argument, options) => {
    const { clinician, asked } = clinicianAt({ region: "au" });
    const error = await clinician.account.linkUrl(options as LinkUrlOptions).catch((reason) => reason);
    expect(error).toBeInstanceOf(HeidiArgumentError);
    expect(error).toMatchObject({ argument, outcome: "not-sent" });
    expect(`${error.stack}`).not.toMatch(/secret|clinic\.example|mars/);
    expect(asked).toEqual([]);
  });

  it.each([null, 7, "UK"])("refuses options that are none: %j", async (options) => {
    const { clinician } = clinicianAt({ region: "au" });
    const refused = clinician.account.linkUrl(options as LinkUrlOptions);
    await expect(refused).rejects.toMatchObject({ argument: "options" });
  });

  it("is there for a client without an API key", async () => {
    await using clinician = Heidi.withToken("a.b.c", { region: "au" });
    expect(new URL(await clinician.account.linkUrl()).searchParams.get("t")).toBe("a.b.c");
  });

  it.each(["spec", "documented"] as const)("links whoever opens it in the %s sandbox", async (deployment) => {
    await using sandbox = await createSandbox({ deployment, requireLinkedAccount: true });
    const { apiKey, baseUrl } = sandbox;
    await using heidi = new Heidi({ apiKey, baseUrl });
    const clinician = heidi.forUser(identity);
    await expect(clinician.patientProfiles.create({ first_name: "Ada" })).rejects.toThrow(
      "account.linkUrl()",
    );
    const page = await fetch(await clinician.account.linkUrl());
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("is linked")]);
    const { is_linked, account } = await clinician.account.access();
    expect([is_linked, account?.user_id]).toEqual([true, expect.stringMatching(/^kp_[0-9a-f]{24}$/)]);
    await clinician.patientProfiles.create({ first_name: "Ada" });
    // Opened once more, it is still the same account.
    await fetch(await clinician.account.linkUrl());
    expect((await clinician.account.access()).account?.user_id).toBe(account?.user_id);
    expect((await fetch(`${sandbox.url}/integration/widget/auth?t=stolen`)).status).toBe(401);
  });
});
