import { isHeidiError } from "heidi-health-sdk";
import { expect, it, vi } from "vitest";
import { useFaultServer } from "./each.ts";
import type { FaultServer } from "./harness.ts";
import { readyUserOf } from "./sdk.ts";

const ID = "0b0e8a34-77a4-4d4e-8f4e-000000000001";

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

it("the line of a caller that awaits stands in the stack of one of thousands of calls in a second [R20]", async () => {
  const clinician = readyUserOf(server.url, { maxRetries: 0 });
  vi.spyOn(Date, "now").mockReturnValue(Date.now()); // so that all calls are made in one second
  await Promise.all(Array.from({ length: 1_100 }, () => clinician.templates.list()));
  await server.script({ path: "/sessions/*", steps: [{ do: "respond", status: 403, body: "{}" }] });
  const awaited = {
    "a call": async function placeOfCall() {
      return await clinician.sessions.get(ID);
    },
    "one of several": async function placeOfCall() {
      return await Promise.all([clinician.sessions.get(ID)]);
    },
    "a call with its response": async function placeOfCall() {
      return await clinician.sessions.get(ID).withResponse();
    },
    "a call with a handler": async function placeOfCall() {
      return await clinician.sessions.get(ID).finally(() => undefined);
    },
    "a call that is refused at once": async function placeOfCall() {
      return await clinician.sessions.get("");
    },
    "a refused call of a function that is not async": function placeOfCall() {
      return clinician.sessions.get("");
    },
  };
  const capture = vi.spyOn(Error, "captureStackTrace");
  for (const [name, call] of Object.entries(awaited)) {
    capture.mockClear();
    const pending = call();
    expect(capture).toHaveBeenCalledTimes(name.includes("refused") ? 1 : 0);
    const error = await pending.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(isHeidiError(error), name).toBe(true);
    expect((error as Error).stack?.split("\n", 3).join("\n"), name).toContain("placeOfCall");
  }
  capture.mockRestore();
});
