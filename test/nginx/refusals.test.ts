import type { FileInput, HeidiOptions, HeidiUser } from "heidi-health-sdk";
import { fileFromPath, nodeHttpClient } from "heidi-health-sdk/node";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { hasOpenssl, makeCertificates } from "../fixtures/tls/certificates.ts";
import { freePort } from "../free-port.ts";
import { closeAll, failureOf, readyUserOf } from "../wire/sdk.ts";
import { MIB, Scratch } from "../wire/upload-support.ts";
import { hasHaproxy, startHaproxy } from "./haproxy.ts";
import { hasNginx, startNginx } from "./nginx.ts";

const TIMES = 20;
const scratch = new Scratch();
const large = scratch.sparse("large.mp3", 64 * MIB);
const block = new Uint8Array(MIB / 4);

async function* blocks(): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < 64 * MIB; sent += block.byteLength) yield block;
}

/** One file in each form, for each round its own. */
const files: readonly (() => FileInput)[] = [
  () => fileFromPath(large),
  () => new Blob(Array.from({ length: 256 }, () => block)),
  () => ({ data: blocks(), filename: "large.mp3" }),
  () => ({ data: blocks, filename: "large.mp3", sizeBytes: 64 * MIB }),
];

let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await closeAll();
  await close?.();
  close = undefined;
});
afterAll(() => scratch.remove());

/** How the calls ended: each status or, without one, the outcome and the code. */
async function endsOf(
  url: string,
  call: Call,
  optionsOf = (): HeidiOptions => ({}),
): Promise<Record<string, number>> {
  const ends: Record<string, number> = {};
  for (let round = 0; round < TIMES; round += 1) {
    const error = await failureOf(call(readyUserOf(url, optionsOf()), round));
    const { code } = Object(error.cause) as { readonly code?: unknown };
    const end = String(Reflect.get(error, "status") ?? `${error.outcome} ${String(code)}`);
    ends[end] = (ends[end] ?? 0) + 1;
    expect(error.attempts).toBe(1);
    await closeAll();
  }
  return ends;
}

type Call = (clinician: HeidiUser, round: number) => PromiseLike<unknown>;

const upload: Call = ({ transcription }, round) =>
  transcription.uploadAudio("1", { file: files[round % files.length]?.() ?? block });
const uploadDocument: Call = ({ sessionContext }, round) =>
  sessionContext.uploadDocument("1", { file: files[round % files.length]?.() ?? block });
const ask: Call = ({ askHeidi }) =>
  askHeidi
    .ask("1", {
      ai_command_text: "Summarise.",
      content: "A word. ".repeat(MIB / 2),
      content_type: "MARKDOWN",
    })
    .text();

// Nothing listens there: whatever is passed on fails, so that only the proxy can have refused.
const nowhere = async (): Promise<{ readonly upstreamPort: number }> => ({ upstreamPort: await freePort() });

async function haproxy(
  status: number,
  tls?: { readonly key: string; readonly cert: string },
): Promise<string> {
  const directives = [`http-request deny deny_status ${status}`];
  const proxy = await startHaproxy({ ...(await nowhere()), directives, ...(tls && { tls }) });
  close = proxy.close;
  return proxy.url;
}

/** Without lingering, nginx closes at once, and the next write resets the connection. */
async function nginx(...directives: string[]): Promise<string> {
  const proxy = await startNginx({
    ...(await nowhere()),
    directives: ["lingering_close off;", ...directives],
  });
  close = () => proxy.close();
  return proxy.url;
}

describe.skipIf(!hasHaproxy)("HAProxy that refuses by the head (needs haproxy)", () => {
  it.each([
    [413, "audio", upload],
    [404, "audio", upload],
    [413, "document", uploadDocument],
    [413, "JSON body", ask],
  ])("with %i a large %s is heard, 20 times of 20 [R35]", async (status, _, call) => {
    expect(await endsOf(await haproxy(status), call)).toEqual({ [status]: TIMES });
  });

  it("with 401 a large audio is heard, 20 times of 20 [R35]", async () => {
    const url = await haproxy(401);
    for (let round = 0; round < TIMES; round += 1) {
      const error = await failureOf(upload(readyUserOf(url), 0));
      expect(error).toMatchObject({ status: 401, outcome: "rejected" });
    }
  });

  it.skipIf(!hasOpenssl())("with 413 over TLS is heard, 20 times of 20 (needs openssl) [R35]", async () => {
    const { ca, good } = makeCertificates();
    expect(
      await endsOf(await haproxy(413, good), upload, () => ({ httpClient: nodeHttpClient({ tls: { ca } }) })),
    ).toEqual({
      413: TIMES,
    });
  });
});

describe.skipIf(!hasNginx)("nginx that refuses by the head (needs nginx)", () => {
  it.each([
    ["client_max_body_size 1m;", "audio", 413, upload],
    ["client_max_body_size 1m;", "document", 413, uploadDocument],
    ["client_max_body_size 1m;", "JSON body", 413, ask],
    ["return 404;", "audio", 404, upload],
  ])("by `%s` a large %s is heard with its %i, 20 times of 20 [R35]", async (directive, _, status, call) => {
    expect(await endsOf(await nginx(directive), call)).toEqual({ [status]: TIMES });
  });
});
