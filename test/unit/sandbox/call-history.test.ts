import {
  assertReceived,
  assertReceivedInOrder,
  assertReceivedTimes,
  type HistoryEntry,
  type SandboxMatchers,
  sandboxMatchers,
} from "heidi-health-sdk/sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { audioForm, type Client, openClient } from "./listener.ts";

declare module "vitest" {
  interface Matchers<T> extends SandboxMatchers<T> {}
}
expect.extend(sandboxMatchers);

let client: Client;
const finished: Readonly<HistoryEntry>[] = [];
beforeAll(async () => {
  const onRequest = (entry: Readonly<HistoryEntry>): void => {
    finished.push(entry);
    throw new Error("a log that fails");
  };
  client = await openClient("http", { onRequest });
  const { session_id } = await client.json("POST", "/sessions", { body: { ehr_appointment_id: "apt-1" } });
  await client.send("POST", `/sessions/${session_id}/upload-audio`, { form: audioForm("12345") });
  await client.send("GET", "/sessions/linked-user?page_size=20");
  await client.send("GET", "/nowhere");
});
afterAll(() => client.sandbox.close());

describe("the matchers", () => {
  it("find a request by what it carried", () => {
    const { sandbox } = client;
    expect(sandbox).toHaveReceived("sessions.create", { body: { ehr_appointment_id: "apt-1" }, status: 200 });
    expect(sandbox).toHaveReceived("createSession", { body: { ehr_appointment_id: /^apt-\d$/ } });
    expect(sandbox).toHaveReceived("sessions.create", { identity: { email: expect.stringContaining("@") } });
    expect(sandbox).toHaveReceived("transcription.uploadAudio", {
      files: { file: { sizeBytes: 5, filename: "visit.ogg", contentType: "audio/ogg" } },
      path: { session_id: (id: unknown) => String(id).length >= 37 },
    });
    expect(sandbox).toHaveReceived("sessions.listLinkedUser", { query: { page_size: 20 } });
    expect(sandbox).not.toHaveReceived("sessions.create", { body: { ehr_appointment_id: "apt-2" } });
    expect(sandbox).not.toHaveReceived("askHeidi.ask");
  });

  it("count requests, and know their order", () => {
    expect(client.sandbox).toHaveReceivedTimes("getJwt", 1);
    expect(client.sandbox).toHaveReceivedTimes("*", 5);
    expect(client.sandbox).not.toHaveReceivedTimes("sessions.create", 2);
    const order = ["sessions.create", "uploadSessionAudio", "sessions.listLinkedUser"];
    expect({ requests: client.sandbox.requests.slice(0, -1) }).toHaveReceivedInOrder(order);
    expect(client.sandbox).not.toHaveReceivedInOrder(order);
  });

  it("say what was received instead, and suggest the name that was meant", () => {
    expect(() => expect(client.sandbox).toHaveReceived("askHeidi.ask")).toThrow(
      "expected a request of askHeidi.ask; the sandbox received sessions.create, transcription.uploadAudio",
    );
    expect(() => expect(client.sandbox).toHaveReceived("sesions.create")).toThrow("`sessions.create`");
  });
});

describe("the assertions for runners without `expect`", () => {
  it("pass and fail as the matchers do", () => {
    const { sandbox } = client;
    assertReceived(sandbox, "sessions.create", { body: { ehr_appointment_id: "apt-1" } });
    assertReceivedTimes(sandbox, "sessions.create", 1);
    const failures = [
      () => assertReceived(sandbox, "sessions.create", { body: { ehr_appointment_id: "apt-2" } }),
      () => assertReceivedTimes(sandbox, "sessions.create", 2),
      () => assertReceivedInOrder(sandbox, ["sessions.create"]),
    ];
    for (const failure of failures)
      expect(failure).toThrow(expect.objectContaining({ name: "AssertionError", code: "ERR_ASSERTION" }));
  });
});

it("tells of each request when it is over, and survives a log that fails", () => {
  expect(finished.map(({ number, name, status }) => [number, name, status])).toEqual([
    [1, "authentication.getJwt", 200],
    [2, "sessions.create", 200],
    [3, "transcription.uploadAudio", 200],
    [4, "sessions.listLinkedUser", 200],
    [5, undefined, 404],
  ]);
});
