import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setImmediate as turn } from "node:timers/promises";
import { Heidi, type Jwt } from "heidi-health-sdk";
import { createSandbox, type Sandbox } from "heidi-health-sdk/sandbox";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeRecorder, FakeTrack, fakeBrowser, slowBlob } from "./capture-support.ts";
import { run } from "./recipes-support.ts";
import { chunksOf, decode, fixture, hasFfmpeg } from "./segment-support.ts";

const page = readFileSync(new URL("../../../docs/recording-in-a-browser.md", import.meta.url), "utf8");
const sample = /^## Use `MediaRecorder` yourself\n[\s\S]*?^```ts\n([\s\S]*?)^```/m.exec(page)?.[1] ?? "";
const consult = new Uint8Array(
  readFileSync(new URL("../../../examples/audio/gp-consult.ogg", import.meta.url)),
);

/** A recorder that also calls the handlers in its properties, as a browser's does. */
class HandledRecorder extends FakeRecorder {
  override dispatchEvent(event: Event): boolean {
    const handler: unknown = Reflect.get(this, `on${event.type}`);
    if (typeof handler === "function") handler.call(this, event);
    return super.dispatchEvent(event);
  }
}

let sandbox: Sandbox;
/** Keeps the bytes of each chunk on its way to the sandbox, and refuses the first of them `refused` times. */
let proxy: Server;
let baseUrl: string;
let arrived: Uint8Array[];
let refused: number;

beforeEach(async () => {
  [arrived, refused] = [[], 0];
  sandbox = await createSandbox();
  proxy = createServer(async (incoming, response) => {
    const { method = "GET", url = "/", headers } = incoming;
    const { "content-type": type = "", authorization = "" } = headers;
    const body = new Uint8Array(await buffer(incoming));
    if (url.endsWith(":transcribe")) {
      if (refused > 0) {
        refused -= 1;
        response.writeHead(400).end();
        return;
      }
      const form = await new Response(body, { headers: { "content-type": type } }).formData();
      const chunk = form.get("file");
      if (chunk instanceof File)
        arrived[Number(form.get("index"))] = new Uint8Array(await chunk.arrayBuffer());
    }
    const sent = { method, headers: { "content-type": type, authorization }, body };
    const answer = await fetch(`${sandbox.url}${url}`, sent);
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const { port } = proxy.address() as AddressInfo;
  baseUrl = sandbox.baseUrl.replace(sandbox.url, `http://127.0.0.1:${port}`);
});
afterEach(async () => {
  vi.unstubAllGlobals();
  proxy.close();
  proxy.closeAllConnections();
  await sandbox.close();
});

interface Started {
  readonly recorder: FakeRecorder;
  readonly track: FakeTrack;
  readonly stopButton: { onclick?: () => void };
  readonly shown: string[];
  /** Resolves when the sample has ended. */
  readonly done: Promise<void>;
}

/** Runs the sample until its recorder records. */
async function start(): Promise<Started> {
  const heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
  const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
  const { session_id } = await clinician.sessions.create();
  const token = await clinician.token();
  await heidi.close();
  fakeBrowser();
  vi.stubGlobal("MediaRecorder", HandledRecorder);
  const track = new FakeTrack();
  const getUserMedia = async (): Promise<object> => ({ getTracks: () => [track] });
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia } });
  const stopButton = {};
  const shown: string[] = [];
  const getToken = async (): Promise<Jwt> => token;
  const show = (text: string): void => void shown.push(text);
  const done = run(sample, { getToken, baseUrl, session_id, stopButton, show });
  done.catch(() => undefined);
  await expect.poll(() => FakeRecorder.made[0]?.state).toBe("recording");
  const [recorder] = FakeRecorder.made;
  if (recorder === undefined) throw new Error("no recorder");
  return { recorder, track, stopButton, shown, done };
}

/** A recording in slices, of which every other one is slow to read, with an empty one. */
function slicesOf(recording: Uint8Array, count = 20): Blob[] {
  const size = Math.ceil(recording.byteLength / count);
  const slices = Array.from({ length: count }, (_, index) => {
    const slice = new Uint8Array(recording.subarray(index * size, (index + 1) * size));
    return index % 2 === 0 ? slowBlob(slice, 10) : new Blob([slice]);
  });
  return [...slices.slice(0, 3), new Blob([]), ...slices.slice(3)];
}

/** Gives slices at once, except for the last one, which comes after `stop()`. */
function give(recorder: FakeRecorder, slices: readonly Blob[]): void {
  for (const slice of slices.slice(0, -1)) recorder.give(slice);
  recorder.last = slices.at(-1) ?? new Blob([]);
}

describe("the sample with a MediaRecorder", () => {
  it.each([
    ["Ogg", consult, 3],
    ["WebM", fixture("chromium.webm"), 1],
    ["fragmented MP4", fixture("chromium-opus.mp4"), 1],
  ] as const)("sends all of a recording in order, as complete files: %s", async (_, recording, count) => {
    const { recorder, track, stopButton, shown, done } = await start();
    give(recorder, slicesOf(recording));
    expect(track.readyState).toBe("live");
    stopButton.onclick?.();
    await done;
    // Byte for byte the files that the uncut recording gives.
    const expected = await chunksOf(recording);
    expect(expected).toHaveLength(count);
    expect(arrived).toEqual(expected.map(({ data }) => data));
    expect(shown).toEqual([`${count} parts are at Heidi, 0 of them possibly twice.`]);
    expect(track.readyState).toBe("ended");
  });

  it.skipIf(!hasFfmpeg)("sends every sample of a recording (needs ffmpeg)", async () => {
    const { recorder, stopButton, done } = await start();
    give(recorder, slicesOf(consult));
    stopButton.onclick?.();
    await done;
    const samples = arrived.reduce((sum, chunk) => sum + decode(chunk).length, 0);
    expect(samples).toBe(decode(consult).length);
  });

  it("ends completely when the system ends the microphone, and sends a refused chunk again", async () => {
    // Loads the modules for a refusal, so that the next one is known within some turns.
    const other = Heidi.withToken("jwt", { baseUrl });
    await expect(other.sessions.create()).rejects.toThrow("failed with status");
    await other.close();
    const { recorder, track, done } = await start();
    refused = 1;
    const slices = slicesOf(consult);
    for (const slice of slices.splice(0, 12)) recorder.give(slice);
    await expect.poll(() => refused).toBe(0);
    for (let count = 0; count < 100; count += 1) await turn();
    give(recorder, slices);
    // The browser stops a recorder whose tracks have ended.
    track.end();
    recorder.stop();
    await done;
    expect(arrived).toEqual((await chunksOf(consult)).map(({ data }) => data));
  });

  it("says that the recorder failed, sends what was recorded and turns the microphone off", async () => {
    const { recorder, track, shown, done } = await start();
    give(recorder, slicesOf(fixture("opus.ogg"), 4));
    recorder.fail("UnknownError");
    recorder.stop();
    await done;
    expect(shown).toEqual([
      "The recorder failed. What it recorded before is sent.",
      "1 parts are at Heidi, 0 of them possibly twice.",
    ]);
    expect(track.readyState).toBe("ended");
  });
});
