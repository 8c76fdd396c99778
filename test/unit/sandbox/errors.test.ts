import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSandbox } from "../../../src/sandbox/index.ts";
import { refusalCases } from "./error-cases.ts";
import { type Client, doors, manualClock, openClient } from "./listener.ts";

describe.each(doors)("the %s door refuses", (door) => {
  let client: Client;
  let id: string;
  beforeAll(async () => {
    client = await openClient(door);
    id = await client.session();
  });
  afterAll(() => client.sandbox.close());

  const titled = refusalCases.map((refusal) => ({ title: refusal[0], refusal }));
  it.each(titled)("$title", async ({ refusal: [, status, detail, request, init] }) => {
    const [method = "", path = ""] = request.split(" ");
    const response = await client.send(method, path.replace(":id", id), init);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/json");
    const body = (await response.json()) as { detail: unknown };
    if (detail instanceof RegExp) expect(body.detail).toMatch(detail);
    else if (typeof detail === "string") {
      expect(body.detail).toEqual({ msg: expect.stringMatching(/./), type: detail });
    } else {
      const list = body.detail as { loc: string[]; msg: string; type: string }[];
      expect(list.map(({ loc, type }) => `${loc.join(".")}: ${type}`)).toEqual(detail);
    }
    expect((await client.send("GET", `/sessions/${id}`)).status).toBe(200);
  });
});

describe.each(doors)("tokens through the %s door", (door) => {
  it("expire by the clock, exactly when they say", async () => {
    const clock = manualClock();
    const client = await openClient(door, { clock, tokenLifetimeMs: 1500 });
    await using _ = client.sandbox;
    const query = "email=dr@clinic.example&third_party_internal_id=1";
    const headers = { "heidi-api-key": client.sandbox.apiKey };
    const issued = await client.json("GET", `/jwt?${query}`, { as: undefined, headers });
    expect(issued.expiration_time).toBe("2026-03-02T09:00:01.500Z");
    const use = (): Promise<Response> =>
      client.send("GET", "/patient-profiles", {
        as: undefined,
        headers: { authorization: `Bearer ${issued.token}` },
      });
    clock.advance(1499);
    expect((await use()).status).toBe(200);
    clock.advance(1);
    expect((await use()).status).toBe(401);
  });

  it("are refused when forged, and when another tenant's", async () => {
    const client = await openClient(door);
    await using _ = client.sandbox;
    await using other = await createSandbox({ apiKey: "another-key" });
    const url = `${other.baseUrl}/jwt?email=dr@clinic.example&third_party_internal_id=1`;
    const foreign = (await (
      await other.fetch(url, { headers: { "heidi-api-key": "another-key" } })
    ).json()) as { token: string };
    const token = await client.token();
    const [head, , signature] = token.split(".");
    const claims = btoa(
      JSON.stringify({ email: "x@y.z", third_party_internal_id: "1", tenant: "t", exp: 9e9 }),
    );
    const reasons: string[] = [];
    for (const bad of [foreign.token, `${head}.${claims.replaceAll("=", "")}.${signature}`, `${token}.x`]) {
      const headers = { authorization: `Bearer ${bad}` };
      const response = await client.send("GET", "/patient-profiles", { as: undefined, headers });
      expect(response.status).toBe(401);
      reasons.push(((await response.json()) as { detail: { msg: string } }).detail.msg);
    }
    expect(reasons).toEqual([
      "The token belongs to another tenant",
      "The token's signature is invalid",
      "The token is malformed",
    ]);
  });
});
