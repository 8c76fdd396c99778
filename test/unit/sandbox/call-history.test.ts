import { stripVTControlCharacters } from "node:util";
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

describe("a failed expectation", () => {
  const failureOf = (expectation: () => void): string => {
    try {
      expectation();
    } catch (error) {
      return stripVTControlCharacters(String(error));
    }
    throw new Error("the expectation was met");
  };

  it("shows what differs from the nearest request, and nothing else", () => {
    const file = { file: { filename: "visit.mp3", contentType: /^audio/, sizeBytes: expect.any(Number) } };
    expect(
      failureOf(() => expect(client.sandbox).toHaveReceived("transcription.uploadAudio", { files: file })),
    ).toBe(`Error: the request of transcription.uploadAudio (request 3) is not as expected

- Expected
+ Received

  {
    "files": {
      "file": {
        "contentType": /^audio/,
-       "filename": "visit.mp3",
+       "filename": "visit.ogg",
        "sizeBytes": Any<Number>,
      },
    },
  }`);
  });

  it("compares with the request that has the most in common", () => {
    const message = failureOf(() =>
      expect(client.sandbox).toHaveReceived("*", { body: { ehr_appointment_id: "apt-1" }, status: 201 }),
    );
    expect(message).toContain("none of 5 requests of * is as expected; the nearest is request 2");
    expect(message).toContain('-   "status": 201,\n+   "status": 200,');
    expect(message).toContain('    "body": {\n      "ehr_appointment_id": "apt-1",\n    },');
  });

  it("shows the fields that are there when an expected one is missing", () => {
    const message = failureOf(() =>
      expect(client.sandbox).toHaveReceived("sessions.create", { body: { ehr_appt_id: "apt-1" } }),
    );
    expect(message).toContain('-     "ehr_appt_id": "apt-1",\n+     "ehr_appointment_id": "apt-1",');
  });

  it("shows a wrong order, a wrong number, and under .not the request that was found", () => {
    const { sandbox } = client;
    expect(failureOf(() => expect(sandbox).toHaveReceivedInOrder(["sessions.create"]))).toContain(
      '    "sessions.create",\n+   "transcription.uploadAudio",',
    );
    expect(failureOf(() => expect(sandbox).toHaveReceivedTimes("sessions.create", 2))).toContain(
      "expected 2 requests of sessions.create, and the sandbox received 1",
    );
    expect(failureOf(() => expect(sandbox).not.toHaveReceived("sessions.create", { status: 200 }))).toContain(
      "expected no request of sessions.create as described, and request 2 is one",
    );
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

  it("list what differs, and carry it for a runner that compares", () => {
    const expected = { body: { ehr_appointment_id: /^visit-/ }, status: 201 };
    expect(() => assertReceived(client.sandbox, "sessions.create", expected)).toThrow(
      expect.objectContaining({
        message: `the request of sessions.create (request 2) is not as expected:
  body.ehr_appointment_id: expected "/^visit-/", received "apt-1"
  status: expected 201, received 200`,
        actual: { body: { ehr_appointment_id: "apt-1" }, status: 200 },
        expected,
      }),
    );
    expect(() => assertReceivedInOrder(client.sandbox, ["sessions.create"])).toThrow(
      'expected ["sessions.create"], received ["sessions.create","transcription.uploadAudio"',
    );
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
