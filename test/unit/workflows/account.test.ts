import { type HeidiError, isLinkRequired } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { scriptedApi } from "./api.ts";

const refusal = (status: number, detail: unknown): Response => Response.json({ detail }, { status });

async function errorOf(answer: Response): Promise<HeidiError> {
  const { clinician } = scriptedApi(() => answer);
  return clinician.patientProfiles.create({ first_name: "Ada" }).then(
    () => {
      throw new Error("the call succeeded although it had to fail");
    },
    (error: HeidiError) => error,
  );
}

describe("a clinician's account", () => {
  it("is shown, linked and unlinked", async () => {
    const { clinician, seen } = scriptedApi(({ method }) =>
      method === "DELETE" ? { is_success: true } : { is_linked: true, account: { user_id: "kp_1" } },
    );
    expect((await clinician.account.access()).is_linked).toBe(true);
    expect((await clinician.account.link({ kinde_user_id: "kp_1" })).account?.user_id).toBe("kp_1");
    expect((await clinician.account.unlink()).is_success).toBe(true);
    expect(seen.map(({ method, path, body }) => [method, path, body])).toEqual([
      ["GET", "/users/linked-account/access", undefined],
      ["POST", "/users/linked-account", { kinde_user_id: "kp_1" }],
      ["DELETE", "/users/linked-account:unlink", undefined],
    ]);
  });

  it("is not linked without its id, before anything is sent", async () => {
    const { clinician, seen } = scriptedApi(() => ({}));
    await expect(clinician.account.link({} as never)).rejects.toMatchObject({ argument: "kinde_user_id" });
    expect(seen).toEqual([]);
  });
});

describe("a refusal for want of a linked account", () => {
  it.each([
    ["as it was seen", 400, "Linked Account is required to perform this action"],
    ["in the envelope", 400, { msg: "Linked Account is required", type: "LinkedAccountRequiredError" }],
    ["by its name alone", 400, { msg: "Bad request", type: "LinkedAccountRequiredError" }],
    [
      "by its words alone",
      400,
      { msg: "A linked account is required for this user.", type: "BadRequestError" },
    ],
    ["in other words", 403, { msg: "This account is not linked", type: "ForbiddenError" }],
    ["the other way round", 400, "This call needs a linked account"],
  ])("is recognised %s, and says what to do", async (_, status, detail) => {
    const error = await errorOf(refusal(status, detail));
    expect(isLinkRequired(error)).toBe(true);
    expect(error.outcome).toBe("rejected");
    expect(error.message).toContain("account.link()");
  });

  it.each([
    [
      "an account that is linked already",
      409,
      { msg: "already linked", type: "OpenAPIHeidiAccountAlreadyLinkedError" },
    ],
    ["a missing field", 422, [{ loc: ["body", "linked_account"], msg: "Field required", type: "missing" }]],
    ["another bad request", 400, { msg: "Unknown template", type: "TemplateNotFoundError" }],
    ["an account that was not found", 404, "Linked account not found"],
    ["a server that fails", 500, "Linked Account is required"],
  ])("is not taken for %s", async (_, status, detail) => {
    const error = await errorOf(refusal(status, detail));
    expect(isLinkRequired(error)).toBe(false);
    expect(error.message).not.toContain("account.link()");
  });

  it("does not repeat the server's words", async () => {
    const error = await errorOf(refusal(400, "Linked Account is required for ada@example.org"));
    expect(isLinkRequired(error)).toBe(true);
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain("ada@example.org");
  });

  it("is recognised when another copy of this package threw it", () => {
    const marked = {
      [Symbol.for("heidi-health-sdk.error")]: true,
      status: 400,
      detail: "Linked Account is required",
    };
    expect(isLinkRequired(marked)).toBe(true);
    const { [Symbol.for("heidi-health-sdk.error")]: _mark, ...foreign } = marked;
    expect(isLinkRequired(foreign)).toBe(false);
  });

  it.each([undefined, null, "Linked Account is required", new Error("Linked Account is required")])(
    "is not %s",
    (value) => {
      expect(isLinkRequired(value)).toBe(false);
    },
  );
});
