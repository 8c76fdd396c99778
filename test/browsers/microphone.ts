import type { RecordingSummary } from "heidi-health-sdk";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { storeContract } from "../store-contract.ts";
import { decode, hasFfmpeg } from "../unit/workflows/segment-support.ts";
import { type BrowserKind, commands, type Page, startBrowser } from "./drive.ts";
import { startWorld, type World } from "./world.ts";

export interface Happened {
  readonly event: string;
  readonly index?: number;
  readonly error?: { readonly fault?: string; readonly message?: string };
}

/** Where the fake microphone beeps, complaints about times are the recorder's own. */
export const REMARKS: RegExp = /timestamp|Application provided|DTS|File ended prematurely/;
export const samplesOf = (files: readonly Uint8Array[]): number =>
  files.reduce((sum, file) => sum + decode(file, REMARKS).length, 0);

/** A file of WebKitGTK, whose recorder writes the header of its last fragment twice; ffmpeg then loses that fragment. */
function withoutRepeats(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const boxes: Buffer[] = [];
  for (let at = 0; at + 8 <= file.byteLength; ) {
    const size = Math.max(8, view.getUint32(at));
    boxes.push(Buffer.from(file.subarray(at, at + size)));
    at += size;
  }
  return new Uint8Array(Buffer.concat(boxes.filter((box, index) => boxes[index + 1]?.equals(box) !== true)));
}

/** Microphones that cannot be opened, and the reason that the error gives. */
const CASES = [
  ["refused", "permission-denied"],
  ["missing", "no-device"],
] as const;

/** The tests of a browser; each browser has a file of its own, so that they run side by side. */
export function describeMicrophone(kind: BrowserKind, more?: (setup: Setup) => void): void {
  describe(`a microphone in ${kind}`, () => defineTests(kind, more));
}

/** What further tests of a browser need. */
export interface Setup {
  readonly isMissing: boolean;
  readonly needs: string;
  page(): Page;
  world(): World;
}

function defineTests(kind: BrowserKind, more: ((setup: Setup) => void) | undefined): void {
  const isMissing = commands[kind] === undefined || !hasFfmpeg;
  const needs = `(needs ${kind}, needs ffmpeg)`;
  // WebKit's driver cannot refuse a microphone.
  const cases = CASES.filter(([microphone]) => kind !== "webkit" || microphone !== "refused");
  let world: World;
  let page: Page | undefined;
  let others: Promise<readonly Page[]> | undefined;
  const here = (): Page => {
    if (!page) throw new Error("the browser did not start");
    return page;
  };
  const originals = (): Uint8Array[] =>
    world.originals().map(kind === "webkit" ? withoutRepeats : (file) => file);
  const names = async (): Promise<string[]> =>
    (await here().call<Happened[]>("events")).map(({ event }) => event);

  beforeAll(async () => {
    if (isMissing) return;
    world = await startWorld();
    page = await startBrowser(kind, "fake");
    // They start while the first tests listen, and are needed by the last one.
    others = Promise.all(cases.map(([microphone]) => startBrowser(kind, microphone)));
    others.catch(() => undefined);
  });
  afterEach(() => world?.reset());
  afterAll(async () => {
    await page?.close();
    await others
      ?.then((started) => Promise.all(started.map((other) => other.close())))
      .catch(() => undefined);
    await world?.close();
  });
  more?.({ isMissing, needs, page: here, world: () => world });

  it.skipIf(isMissing)(`arrives sample for sample, in chunks that are files ${needs}`, async () => {
    await here().open(world.pageUrl);
    await here().call("start", await world.begin(), { options: { chunkMs: 2_000 } });
    await here().call("wait", 3_500);
    await here().call("pause");
    await here().call("wait", 500);
    await here().call("resume");
    await here().call("wait", 1_500);
    const summary = await here().call<RecordingSummary>("finish");
    const chunks = world.chunks();
    expect(chunks.map(({ index }) => index)).toEqual([...chunks.keys()]);
    expect(summary).toMatchObject({ chunks: chunks.length, uncertain: [] });
    expect(chunks.length).toBeGreaterThanOrEqual(3);
    await expect.poll(() => world.originals().length).toBe(1);
    const original = samplesOf(originals());
    expect(samplesOf(chunks.map(({ bytes }) => bytes))).toBe(original);
    // The pause is not in it.
    expect(original / 48_000).toBeGreaterThan(3.5);
    const levels = await here().call<number[]>("levels");
    // Firefox has no audio graph on a machine without a sound card.
    if (kind === "chromium") {
      expect(levels.length).toBeGreaterThan(10);
      expect(Math.max(...levels)).toBeGreaterThan(0.05);
    }
    expect(levels.filter((level) => level < 0 || level > 1)).toEqual([]);
    expect(await here().call("tracks")).toEqual(["ended"]);
    // The page has no more rights than the documentation gives it.
    expect(await here().call("violations")).toEqual([]);
    expect(await names()).toEqual(
      expect.arrayContaining(["stored", "acknowledged", "paused", "resumed", "finished"]),
    );
  });

  it.skipIf(isMissing)(`is recorded by the documentation's own MediaRecorder, too ${needs}`, async () => {
    await here().open(world.pageUrl);
    await here().call("startSample", await world.begin());
    await expect.poll(() => here().call("tracks")).toEqual(["live"]);
    await here().call("wait", 2_500);
    expect(await here().call("stopSample")).toBe("1 parts are at Heidi, 0 of them possibly twice.");
    await expect.poll(() => world.originals().length).toBe(1);
    await expect.poll(() => samplesOf(originals())).toBe(samplesOf(world.chunks().map(({ bytes }) => bytes)));
    expect(await here().call("tracks")).toEqual(["ended"]);
    expect(await here().call("violations")).toEqual([]);
  });

  it.skipIf(isMissing)(`is sent only to the hosts of the page's policy ${needs}`, async () => {
    await here().open(`${world.pageUrl}without-api`);
    const begun = await world.begin();
    expect(await here().call("failToStart", begun)).toMatch(/^HeidiConnectionError/);
    expect(await here().call("evaluateText")).toBe("EvalError");
    const violations = await here().call<string[]>("violations");
    expect(violations.map((each) => each.split(" ")[0])).toEqual(["connect-src", "script-src"]);
    expect(violations[0]).toContain(new URL(begun.baseUrl).origin);
  });

  it.skipIf(isMissing)(`survives a reload in the middle, and chunks without an answer ${needs}`, async () => {
    await here().open(world.pageUrl);
    const begun = await world.begin();
    const id = await here().call("start", begun, { store: true, options: { chunkMs: 2_000 } });
    await here().call("wait", 2_500);
    world.setHanging(true);
    await here().call("wait", 3_000);
    expect(await here().call("lookIntoDatabase")).toMatchObject({
      ...{ recordings: 1, extractable: [false], exported: ["InvalidAccessError"], readable: 0 },
    });
    await here().reload();
    world.setHanging(false);
    expect(await here().call("start", begun, { store: true, options: { chunkMs: 2_000 } })).toBe(id);
    await here().call("wait", 1_500);
    const summary = await here().call<RecordingSummary>("finish");
    const chunks = world.chunks();
    expect(summary.chunks).toBe(chunks.length);
    expect(chunks.map(({ index }) => index)).toEqual([...chunks.keys()]);
    // Those that had left without an answer are reported, and no others.
    expect(summary.uncertain.length).toBeGreaterThan(0);
    expect(summary.uncertain.length).toBeLessThanOrEqual(2);
    await expect.poll(() => world.originals().length).toBe(2);
    // What the recorders had written before and after it, as far as the page could still tell.
    const recorded = samplesOf(originals()) / 48_000;
    const arrived = samplesOf(chunks.map(({ bytes }) => bytes)) / 48_000;
    // A crash loses what came after the last draft: two seconds, and a slice.
    expect(arrived).toBeGreaterThan(recorded - 3.5);
    expect(arrived).toBeLessThan(recorded + 2.5);
    expect(await here().call("lookIntoDatabase")).toMatchObject({ recordings: 0, records: 0 });
  });

  it.skipIf(isMissing)(
    `waits while the browser is offline for a minute, and leaves nothing uncertain ${needs}`,
    async () => {
      await here().open(world.pageUrl);
      await here().call("start", await world.begin(), { store: true, options: { chunkMs: 2_000 } });
      await expect.poll(() => world.chunks().length).toBeGreaterThan(0);
      // A request that is cut off is uncertain: the network goes while none is under way.
      await here().call("pause");
      await here().call("wait", 1_500);
      await expect
        .poll(async () => (await names()).filter((name) => name === "acknowledged").length)
        .toBe((await names()).filter((name) => name === "stored").length);
      await here().setOffline(true);
      const requests = world.requests();
      await here().call("resume");
      await here().call("wait", 60_000);
      expect(world.requests()).toBe(requests);
      expect(await names()).toEqual(expect.arrayContaining(["offline", "waiting"]));
      await here().setOffline(false);
      const summary = await here().call<RecordingSummary>("finish");
      expect(summary.uncertain).toEqual([]);
      expect(summary.chunks).toBe(world.chunks().length);
      await expect.poll(() => world.originals().length).toBe(1);
      await expect
        .poll(() => samplesOf(originals()))
        .toBe(samplesOf(world.chunks().map(({ bytes }) => bytes)));
      expect(await names()).toContain("online");
    },
  );

  it.skipIf(isMissing)(`has a store that keeps the contract, its secrets and its lock ${needs}`, async () => {
    await here().open(world.pageUrl);
    const rules = Object.keys(storeContract).map((rule) => [rule, "kept"]);
    expect(await here().call("contract")).toEqual(Object.fromEntries(rules));
    expect(await here().call("hold", "held")).toMatchObject({
      records: 1,
      readable: 0,
      extractable: [false],
    });
    expect(await here().call("openElsewhere", "held")).toMatchObject({
      fault: "in-use",
      outcome: "not-sent",
    });
    await here().reload();
    expect(await here().call("failToLoad", "held")).toBe("no error");
    expect(await here().call("openOnBusyDevice", "late")).toBe("no error");
    expect(await here().call("moveRecord", "moved")).toMatchObject({ fault: "storage-failed" });
    expect(await here().call("expire", "old")).toMatchObject({
      ...{ first: { fault: "storage-expired" }, second: [] },
    });
  });

  it.skipIf(isMissing)(
    `that is refused, missing or not recordable is an error with its reason ${needs}`,
    async () => {
      await here().open(world.pageUrl);
      expect(await here().call("unsupported", await world.begin())).toMatchObject({ fault: "unsupported" });
      expect(await here().call("tracks")).toEqual(["ended"]);
      for (const [index, other] of ((await others) ?? []).entries()) {
        await other.open(world.pageUrl);
        const error = await other.call("failToStart", await world.begin());
        expect(error).toMatchObject({ name: "HeidiRecordingError", fault: cases[index]?.[1] });
      }
      // No recording was created for nothing.
      const sessions = world.sandbox.state().users.flatMap((user) => user.sessions);
      const failed = sessions.slice(-1 - cases.length);
      expect(failed.filter(({ recordings }) => recordings.length > 0)).toEqual([]);
    },
  );
}
