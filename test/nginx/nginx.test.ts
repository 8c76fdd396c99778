import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { HeidiApiError, HeidiServerError } from "heidi-health-sdk";
import { fileFromPath } from "heidi-health-sdk/node";
import { Agent, fetch, getGlobalDispatcher } from "undici";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { hasOpenssl, makeCertificates } from "../fixtures/tls/certificates.ts";
import { freePort } from "../free-port.ts";
import { type FaultServer, type Respond, type Step, startFaultServer } from "../wire/harness.ts";
import { closeAll, failureOf, readyUserOf, SECRET, warmUp, withoutBackoff } from "../wire/sdk.ts";
import { hashOfForm, MIB, Scratch, UPLOAD } from "../wire/upload-support.ts";
import { hasNginx, type Nginx, type NginxOptions, startNginx } from "./nginx.ts";

const ASK = { ai_command_text: SECRET, content: SECRET, content_type: "MARKDOWN" } as const;
const create = { ehr_appointment_id: SECRET };
const NDJSON = { "content-type": "application/x-ndjson" };
const LINE = '{"data":"x"}\n';

const scratch = new Scratch();
let server: FaultServer;
let nginx: Nginx | undefined;

beforeAll(async () => {
  server = await startFaultServer();
});
beforeEach(withoutBackoff);
afterEach(async () => {
  vi.restoreAllMocks();
  await closeAll();
  await nginx?.close();
  nginx = undefined;
  await server.reset();
});
afterAll(async () => {
  scratch.remove();
  await server.close();
});

async function before(options: Partial<NginxOptions> = {}): Promise<Nginx> {
  nginx = await startNginx({ upstreamPort: server.port, ...options });
  return nginx;
}

describe.skipIf(!hasNginx)("behind a proxy (needs nginx)", () => {
  it("an upload beyond client_max_body_size fails with the page's 413, once, and never reaches the API [D5]", async () => {
    const { url, accesses } = await bound(before({ directives: ["client_max_body_size 1m;"] }));
    const file = fileFromPath(scratch.sparse("large.mp3", 64 * MIB));
    const error = await failureOf(readyUserOf(url).transcription.uploadAudio("1", { file }));
    expect(error).toBeInstanceOf(HeidiApiError);
    expect(error).toMatchObject({ status: 413, attempts: 1, outcome: "rejected", type: undefined });
    expect((error as HeidiApiError).body()).toMatch(/<html>/);
    expect(error.message).toMatch(/larger than the server or a proxy/);
    await expect.poll(accesses).toEqual([{ method: "POST", status: 413 }]);
    expect(await server.requests()).toEqual([]);
  });

  it("an upload arrives byte for byte, whether the proxy keeps it first or passes it on [D12]", async () => {
    const path = scratch.random("visit.mp3", 8 * MIB + 123);
    for (const buffering of ["on", "off"]) {
      const directives = ["client_max_body_size 0;", `proxy_request_buffering ${buffering};`];
      const { url } = await before({ directives });
      await readyUserOf(url).transcription.uploadAudio("1", { file: fileFromPath(path) });
      await nginx?.close();
    }
    const requests = await server.requests({ ...UPLOAD, complete: true });
    expect(requests).toHaveLength(2);
    for (const request of requests) expect(request.sha256).toBe(hashOfForm(request, readFileSync(path)));
  });

  it("the 502 page of a proxy whose API is down: a read is tried again, a create is not [B21] [B22]", async () => {
    const { url, accesses } = await bound(before({ upstreamPort: await freePort() }));
    const clinician = readyUserOf(url);
    for (const [call, attempts] of [
      [() => clinician.templates.list(), 3],
      [() => clinician.sessions.create(create), 1],
    ] as const) {
      const error = await failureOf(call());
      expect(error).toBeInstanceOf(HeidiServerError);
      expect(error).toMatchObject({ status: 502, attempts, outcome: "unknown", detail: undefined });
    }
    const page = { status: 502 };
    await expect.poll(accesses).toEqual([
      { method: "GET", ...page },
      { method: "GET", ...page },
      { method: "GET", ...page },
      { method: "POST", ...page },
    ]);
  });

  it("the 504 page of a proxy that waited too long leaves a create unknown, sent once [B22] [C9]", async () => {
    await server.script({ method: "POST", steps: [{ do: "stall" }] });
    const { url, accesses } = await bound(before({ directives: ["proxy_read_timeout 200ms;"] }));
    const error = await failureOf(readyUserOf(url).sessions.create(create));
    expect(error).toMatchObject({ status: 504, attempts: 1, outcome: "unknown" });
    await expect.poll(accesses).toEqual([{ method: "POST", status: 504 }]);
    expect(await server.requests({ method: "POST" })).toHaveLength(1);
  });

  it("a create that the API cuts off is not repeated by the proxy or by the SDK [C1]", async () => {
    await server.script({ method: "POST", steps: [{ do: "rst" }] });
    const { url } = await before();
    const error = await failureOf(readyUserOf(url).sessions.create(create));
    expect(error).toMatchObject({ status: 502, attempts: 1, outcome: "unknown" });
    expect(await server.requests({ method: "POST" })).toHaveLength(1);
  });
});

describe.skipIf(!hasNginx)("a stream through a proxy (needs nginx)", () => {
  const opening: Respond = { do: "respond", headers: NDJSON, body: LINE.repeat(3), sendOnly: LINE.length };
  const gated: Step[] = [opening, { do: "gate", name: "rest" }, { do: "write", data: LINE.repeat(2) }];

  it("that buffers nothing comes line by line [E26]", async () => {
    await server.script({ steps: gated });
    const { url } = await before({ directives: ["proxy_buffering off;"] });
    const iterator = readyUserOf(url).askHeidi.ask("1", ASK)[Symbol.asyncIterator]();
    expect(await iterator.next()).toMatchObject({ value: { data: "x" } });
    await server.open("rest");
    expect(await iterator.next()).toMatchObject({ value: { data: "x" } });
    expect(await iterator.next()).toMatchObject({ value: { data: "x" } });
    expect(await iterator.next()).toMatchObject({ done: true });
  });

  it("that buffers everything is whole, if late [E26]", async () => {
    await server.script({ steps: gated });
    const { url } = await before({ directives: ["proxy_buffering on;", "postpone_output 100000;"] });
    const stream = readyUserOf(url, { timeoutMs: 60_000 }).askHeidi.ask("1", ASK);
    const text = stream.text();
    await server.untilRequest({ method: "POST" });
    await sleep(200);
    await server.open("rest");
    await expect(text).resolves.toBe("xxx");
  });

  it("that buffers everything ends by timeoutMs when that is shorter than the whole answer takes [E26]", async () => {
    const body = LINE.repeat(8);
    const slow: Step = { ...opening, body, sendOnly: body.length, pieceBytes: LINE.length, everyMs: 300 };
    await server.script({ steps: [slow] });
    const ask = (url: string): Promise<string> =>
      readyUserOf(url, { timeoutMs: 1_500 }).askHeidi.ask("1", ASK).text();
    const direct = await before({ directives: ["proxy_buffering off;"] });
    await expect(ask(direct.url)).resolves.toBe("x".repeat(8));
    await direct.close();
    const { url } = await before({ directives: ["proxy_buffering on;", "postpone_output 100000;"] });
    const error = await failureOf(ask(url));
    expect(error).toMatchObject({ attempts: 1, message: expect.stringMatching(/Raise timeoutMs/) });
  });

  it("that loses its API in the middle fails with the text so far [E15]", async () => {
    await server.script({ steps: [opening, { do: "wait", ms: 50 }, { do: "rst" }] });
    const { url } = await before({ directives: ["proxy_buffering off;"] });
    const error = await failureOf(readyUserOf(url).askHeidi.ask("1", ASK).text());
    expect(error).toMatchObject({ fault: "truncated", partialText: "x", attempts: 1 });
    expect(await server.requests({ method: "POST" })).toHaveLength(1);
  });

  it("that would compress it is told not to [E16]", async () => {
    const compressing = ["gzip on;", "gzip_proxied any;", "gzip_min_length 1;", "gzip_types *;"];
    await server.script({ steps: [{ ...opening, sendOnly: LINE.length * 3 }] });
    const { url } = await before({ directives: compressing });
    const { data, response } = await readyUserOf(url).askHeidi.ask("1", ASK).withResponse();
    expect(response.headers.get("content-encoding")).toBeNull();
    await expect(data.text()).resolves.toBe("xxx");
    // Proof that it would have: another client's answer is compressed.
    const other = await fetch(url, { headers: { "accept-encoding": "gzip" } });
    expect(other.headers.get("content-encoding")).toBe("gzip");
    await other.text();
  });
});

describe.skipIf(!hasNginx)("a proxy that closes idle connections (needs nginx)", () => {
  it("never makes a read fail or a create arrive twice, however the two meet [B10]", async () => {
    const { url } = await before({ directives: ["keepalive_timeout 30ms;"] });
    const clinician = readyUserOf(url);
    let done = 0;
    for (let round = 0; round < 40; round += 1) {
      await warmUp(clinician);
      // The proxy's FIN and the next request leave at about the same time.
      await sleep(26 + (round % 9));
      if (round % 2 === 0) await clinician.templates.list();
      else
        done += await clinician.sessions.create(create).then(
          () => 1,
          (error: { outcome: string }) => {
            expect(error.outcome).toBe("unknown");
            return 0;
          },
        );
    }
    const creates = await server.requests({ method: "POST", complete: true });
    expect(creates.length).toBeGreaterThanOrEqual(done);
    expect(creates.length).toBeLessThanOrEqual(20);
  });

  it("after a few requests on each: no call notices [B46]", async () => {
    const { url } = await before({ directives: ["keepalive_requests 2;"] });
    const clinician = readyUserOf(url);
    for (let count = 0; count < 20; count += 1) await clinician.sessions.create(create);
    expect(await server.requests({ method: "POST", complete: true })).toHaveLength(20);
  });
});

describe.skipIf(!hasNginx || !hasOpenssl())("TLS that the proxy terminates (needs nginx and openssl)", () => {
  it("with an authority of one's own works through the `fetch` option, and for that client only [B20]", async () => {
    const certificates = makeCertificates();
    const { url } = await before({ tls: certificates.good, directives: ["client_max_body_size 0;"] });
    const before0 = getGlobalDispatcher();
    const dispatcher = new Agent({ connect: { ca: certificates.ca } });
    const trusting = readyUserOf(url, {
      fetch: (input, init) => fetch(input, { ...init, dispatcher } as never) as unknown as Promise<Response>,
    });
    await trusting.sessions.create(create);
    const path = scratch.random("tls.mp3", MIB);
    await trusting.transcription.uploadAudio("1", { file: fileFromPath(path) });
    const [request] = await server.requests({ ...UPLOAD, complete: true });
    if (request === undefined) throw new Error("no upload arrived");
    expect(request.sha256).toBe(hashOfForm(request, readFileSync(path)));

    expect(getGlobalDispatcher()).toBe(before0);
    const error = await failureOf(readyUserOf(url).sessions.create(create));
    expect(error).toMatchObject({ name: "HeidiConnectionError", outcome: "not-sent", attempts: 1 });
    expect(error.message).toMatch(/certificate was not accepted/);
    await dispatcher.close();
  });
});

/** Methods that may be taken off their object. */
async function bound(starting: Promise<Nginx>): Promise<{ url: string; accesses: Nginx["accesses"] }> {
  const started = await starting;
  return { url: started.url, accesses: () => started.accesses() };
}
