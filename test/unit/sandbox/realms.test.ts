import { runInNewContext } from "node:vm";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { expect, it } from "vitest";

const ask = async (input: (url: string) => unknown, init?: (text: string) => unknown) => {
  await using sandbox = await createSandbox({ port: false });
  const { fetch, baseUrl, apiKey } = sandbox;
  const person = new URLSearchParams({ email: "dr@clinic.example", third_party_internal_id: "ehr-42" });
  const token = await fetch(`${baseUrl}/jwt?${person}`, { headers: { "Heidi-Api-Key": apiKey } });
  const authorization = `Bearer ${((await token.json()) as { token: string }).token}`;
  const headers = { authorization, "content-type": "application/json" };
  const text = JSON.stringify({ ehr_appointment_id: "apt-1" });
  const request = input(`${baseUrl}/sessions`);
  const given = { method: "POST", headers, ...(init?.(text) as object) };
  const sent = typeof request === "object" ? Object.assign(request as object, given) : request;
  const answer = await fetch(
    sent as Request,
    typeof request === "object" ? undefined : (given as RequestInit),
  );
  return { status: answer.status, heard: sandbox.requests.at(-1)?.inputs?.body };
};
const heard = { status: 200, heard: { ehr_appointment_id: "apt-1" } };

it("reads a request that has no `body`, as in Firefox [R47]", async () => {
  const bytesOf = (text: string) => ({
    arrayBuffer: async () => new TextEncoder().encode(text).buffer,
  });
  expect(await ask((url) => ({ url }), bytesOf)).toEqual(heard);
});

it("reads bytes and streams of another realm, as under jsdom [R24]", async () => {
  const foreign = (text: string): unknown =>
    runInNewContext("Uint8Array.from(bytes)", { bytes: [...new TextEncoder().encode(text)] });
  expect(foreign("") instanceof Uint8Array).toBe(false);
  expect(
    await ask(
      (url) => url,
      (text) => ({ body: foreign(text) }),
    ),
  ).toEqual(heard);
  const stream = (text: string) => ({
    body: new ReadableStream({
      start(controller) {
        controller.enqueue(foreign(text));
        controller.close();
      },
    }),
    duplex: "half",
  });
  expect(await ask((url) => url, stream)).toEqual(heard);
});
