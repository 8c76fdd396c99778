import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createSandbox, type Sandbox } from "../../../src/sandbox/index.ts";
import { PATH_PREFIX } from "../../../src/sandbox/router.ts";
import { audioForm, doors, openClient } from "./door.ts";

const note = { generation_method: "TEMPLATE", addition: "", voice_style: "DETAILED", brain: "LEFT" };
const open: Sandbox[] = [];
afterEach(async () => {
  for (const sandbox of open.splice(0)) await sandbox.close();
});

async function until(condition: () => boolean): Promise<void> {
  // Turns and not time: a busy machine stretches them.
  for (let turn = 0; !condition(); turn += 1) {
    if (turn > 2_500) throw new Error("The awaited state did not come");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A note on its way that takes minutes to be complete. */
async function slowNote(door: "http" | "in-process", signal?: AbortSignal) {
  const client = await openClient(door, { streamDelayMs: 1000, timings: { transcriptionMs: 0 } });
  open.push(client.sandbox);
  const id = await client.session();
  await client.send("POST", `/sessions/${id}/upload-audio`, { form: audioForm("x") });
  const init = { body: note, ...(signal === undefined ? {} : { signal }) };
  const response = await client.send("POST", `/sessions/${id}/consult-note`, init);
  if (response.body === null) throw new Error("The note has no body");
  const reader = response.body.getReader();
  const { value } = await reader.read();
  expect(new TextDecoder().decode(value)).toBe('{"data":"## "}\n');
  return { client, reader, entry: () => client.sandbox.requests.at(-1) };
}

describe.each(doors)("a client of the %s door", (door) => {
  it("that stops reading a note ends its generation, and no note is kept", async () => {
    const { client, reader, entry } = await slowNote(door);
    await reader.cancel();
    await until(() => entry()?.disconnected === true);
    expect(client.sandbox.state().users[0]?.sessions[0]?.consult_note).toBeUndefined();
  });

  it("that aborts sees its own reason", async () => {
    const abort = new AbortController();
    const { reader, entry } = await slowNote(door, abort.signal);
    const next = reader.read();
    abort.abort(new Error("enough"));
    await expect(next).rejects.toThrow("enough");
    await until(() => entry()?.disconnected === true);
  });

  it("is cut off when the sandbox closes, without waiting for the note", async () => {
    const { client, reader } = await slowNote(door);
    const next = reader.read();
    next.catch(() => {});
    await client.sandbox.close();
    await expect(next).rejects.toThrow();
  });

  it("that aborts while the transcript is made is let go at once", async () => {
    const client = await openClient(door, { timings: { transcriptionMs: 600_000 } });
    open.push(client.sandbox);
    const id = await client.session();
    await client.send("POST", `/sessions/${id}/upload-audio`, { form: audioForm("x") });
    const abort = new AbortController();
    const waiting = client.send("GET", `/sessions/${id}/transcript`, { signal: abort.signal });
    await until(() => client.sandbox.requests.at(-1)?.operation === "getSessionTranscript");
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await until(() => client.sandbox.requests.at(-1)?.disconnected === true);
  });
});

describe("the in-process door", () => {
  it("rejects an aborted signal before it does anything", async () => {
    const sandbox = await createSandbox();
    open.push(sandbox);
    await expect(
      sandbox.fetch(sandbox.baseUrl, { signal: AbortSignal.abort(new Error("no")) }),
    ).rejects.toThrow("no");
    expect(sandbox.requests).toEqual([]);
  });

  it("takes a Request, a URL of any origin, and a request object of another realm", async () => {
    const sandbox = await createSandbox();
    open.push(sandbox);
    const url =
      "https://elsewhere.example/api/v2/ml-scribe/open-api/jwt?email=a@b.c&third_party_internal_id=1";
    const headers = new Headers({ "heidi-api-key": sandbox.apiKey });
    const foreign = { url, method: "GET", headers, body: null, signal: new AbortController().signal };
    for (const input of [new Request(url, { headers }), foreign as unknown as Request]) {
      expect((await sandbox.fetch(input)).status).toBe(200);
    }
    expect((await sandbox.fetch(new URL(url), { headers })).status).toBe(200);
  });
});

describe("the in-process door under load", () => {
  it("rejects with the error of a body that fails, and keeps nothing of it", async () => {
    const client = await openClient("in-process");
    open.push(client.sandbox);
    const id = await client.session();
    const headers = {
      authorization: `Bearer ${await client.token()}`,
      "content-type": "multipart/form-data; boundary=B",
    };
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error("disk gone")) });
    const init = { method: "POST", headers, body, duplex: "half" } as RequestInit;
    const upload = client.sandbox.fetch(`${client.sandbox.baseUrl}/sessions/${id}/upload-audio`, init);
    await expect(upload).rejects.toThrow("disk gone");
    expect(client.sandbox.requests.at(-1)).toMatchObject({ status: undefined, disconnected: true });
  });

  it("serves many requests at once without a warning", async () => {
    const client = await openClient("in-process");
    open.push(client.sandbox);
    const ids = await Promise.all(Array.from({ length: 100 }, () => client.session()));
    expect(new Set(ids).size).toBe(100);
  });
});

it("gives the same ids for the same seed and others for another", async () => {
  const ids: string[] = [];
  for (const seed of [7, 7, 8]) {
    const client = await openClient("in-process", { seed });
    open.push(client.sandbox);
    ids.push(await client.session());
  }
  expect(ids[0]).toBe(ids[1]);
  expect(ids[0]).not.toBe(ids[2]);
});

describe("the http door", () => {
  it.each([
    ["without a token", "x", 401],
    ["that is malformed from its first line on", "--Bjunk", 400],
    ["that is malformed in its middle", '--B\r\nContent-Disposition: form-data; name="file"\r\n\r\n', 400],
  ])("reads an upload %s to its end, and keeps serving on the same connection", async (_, start, status) => {
    const client = await openClient("http");
    open.push(client.sandbox);
    const socket = connect(client.sandbox.port, "127.0.0.1");
    let received = "";
    socket.on("data", (chunk) => {
      received += String(chunk);
    });
    const body = Buffer.alloc(8 * 1024 * 1024, "x");
    body.write(start);
    body.write("\r\n--Bjunk", 1024 * 1024);
    const authorization = status === 401 ? "" : `authorization: Bearer ${await client.token()}\r\n`;
    const headers = `content-type: multipart/form-data; boundary=B\r\ncontent-length: ${body.length}\r\n`;
    const path = `${PATH_PREFIX}/sessions/${await client.session()}/upload-audio`;
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\n${authorization}${headers}\r\n`);
    socket.write(body);
    socket.write("GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n");
    await until(() => received.split("HTTP/1.1 ").length === 3);
    expect(received.match(/HTTP\/1.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`, "HTTP/1.1 404"]);
    socket.destroy();
  });

  it("holds a stream back while nobody reads it, and sends all of it in the end", async () => {
    const client = await openClient("http", { timings: { transcriptionMs: 0 } });
    open.push(client.sandbox);
    const body = { ...note, addition: "a-word-of-some-length ".repeat(400_000) };
    const path = `/sessions/${await client.session()}`;
    await client.json("PATCH", path, { body: { clinician_notes: ["x"] } });
    const response = await client.send("POST", `${path}/consult-note`, { body });
    const sent = (): number => client.sandbox.requests.at(-1)?.responseBytes ?? 0;
    let before = -1;
    while (sent() > before) {
      before = sent();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const text = await response.text();
    expect(before).toBeLessThan(text.length * 0.75);
    expect(text.match(/a-word-of-some-length/g)).toHaveLength(400_000);
  });

  it("survives an upload whose client goes away, and notes it", async () => {
    const client = await openClient("http");
    open.push(client.sandbox);
    const id = await client.session();
    const token = await client.token();
    const socket = connect(client.sandbox.port, "127.0.0.1");
    socket.write(
      `POST /api/v2/ml-scribe/open-api/sessions/${id}/upload-audio HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n`,
    );
    socket.write("content-type: multipart/form-data; boundary=B\r\ncontent-length: 1000000\r\n\r\n");
    socket.write('--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nsome');
    await until(() => (client.sandbox.requests.at(-1)?.requestBytes ?? 0) > 60);
    socket.destroy();
    await until(() => client.sandbox.requests.at(-1)?.disconnected === true);
    expect(client.sandbox.state().users[0]?.sessions[0]?.audio).toEqual([]);
    expect(await client.session()).toMatch(/^\d+$/);
  });

  it("answers garbage with 400 and lives on", async () => {
    const client = await openClient("http");
    open.push(client.sandbox);
    for (const garbage of ["\0\0\0\r\n\r\n", "GET http://[ HTTP/1.1\r\nhost: x\r\n\r\n"]) {
      const socket = connect(client.sandbox.port, "127.0.0.1");
      let received = "";
      socket.on("data", (chunk) => {
        received += String(chunk);
      });
      socket.write(garbage);
      await until(() => received !== "");
      expect(received).toMatch(/^HTTP\/1.1 400 /);
      socket.destroy();
    }
    expect(await client.session()).toMatch(/^\d+$/);
  });
});

describe("a page in a browser", () => {
  it("may ask the sandbox, and read ids and waits from its answers", async () => {
    const client = await openClient("http");
    open.push(client.sandbox);
    const headers = {
      origin: "https://clinic.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type",
    };
    const asked = await fetch(`${client.sandbox.baseUrl}/sessions`, { method: "OPTIONS", headers });
    expect(asked.status).toBe(204);
    expect(asked.headers.get("access-control-allow-headers")).toBe("authorization,content-type");
    expect(asked.headers.get("access-control-allow-methods")).toContain("POST");
    expect(client.sandbox.requests).toEqual([]);
    const answered = await client.send("GET", "/sessions/1", {
      headers: { origin: "https://clinic.example" },
    });
    expect(answered.status).toBe(404);
    expect(answered.headers.get("access-control-allow-origin")).toBe("*");
    expect(answered.headers.get("access-control-expose-headers")).toContain("retry-after");
  });
});
