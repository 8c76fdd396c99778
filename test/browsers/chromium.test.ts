import type { RecordingSummary } from "heidi-health-sdk";
import { expect, it } from "vitest";
import { decode } from "../unit/workflows/segment-support.ts";
import { describeMicrophone, type Happened, REMARKS, samplesOf } from "./microphone.ts";

/** The loudness of 10 ms, which are whole periods of the tone. */
const loudness = (samples: Int16Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0) / samples.length);
const WINDOW = 480;
const bytesOf = ({ buffer, byteOffset, byteLength }: Int16Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

describeMicrophone("chromium", ({ isMissing, needs, page, world }) => {
  it.skipIf(isMissing)(`loses no sound where one recorder follows another ${needs}`, async () => {
    await page().open(world().pageUrl);
    // A lossless type that is not cut, so that each chunk has a recorder of its own.
    const options = { chunkMs: 2_000, mimeType: "audio/webm;codecs=pcm" };
    await page().call("start", await world().begin(), { source: "ramp", options });
    await expect.poll(() => world().chunks().length).toBeGreaterThanOrEqual(3);
    const summary = await page().call<RecordingSummary>("finish");
    const chunks = world()
      .chunks()
      .map(({ bytes }) => decode(bytes, REMARKS));
    expect(summary.chunks).toBe(chunks.length);
    await expect.poll(() => world().originals().length).toBe(chunks.length + 1);
    // The tone grows louder all the time, so each window of it is in the whole recording once.
    const whole = bytesOf(decode(world().originals()[0] ?? new Uint8Array(), REMARKS));
    for (const [index, chunk] of chunks.entries()) {
      const next = chunks[index + 1];
      if (!next) break;
      const [end, start] = [chunk.subarray(-WINDOW), next.subarray(0, WINDOW)].map((samples) => {
        const at = whole.indexOf(bytesOf(samples));
        expect(at).toBeGreaterThanOrEqual(0);
        return at / 2;
      });
      const doubled = (end ?? 0) + WINDOW - (start ?? 0);
      expect(doubled).toBeGreaterThanOrEqual(0);
      expect(doubled).toBeLessThan(48_000);
    }
  });

  it.skipIf(isMissing)(
    `goes on with another microphone, and ends cleanly when it is taken away ${needs}`,
    async () => {
      await page().open(world().pageUrl);
      await page().call("start", await world().begin(), { options: { chunkMs: 2_000 } });
      await page().call("wait", 1_200);
      const [, , other] = await page().call<string[]>("devices");
      await page().call("useDevice", other);
      await page().call("wait", 1_200);
      await page().call("mute");
      await page().call("wait", 500);
      const permission = { permission: { name: "microphone" } };
      await page().command("Browser.setPermission", { ...permission, setting: "denied" });
      await expect.poll(() => page().call("state")).toBe("interrupted");
      await expect
        .poll(() => page().call<Happened[]>("events"))
        .toEqual(
          expect.arrayContaining([
            expect.objectContaining({ event: "source-changed" }),
            expect.objectContaining({ event: "muted" }),
            expect.objectContaining({
              event: "source-ended",
              error: expect.objectContaining({ fault: "source-ended" }),
            }),
            expect.objectContaining({
              event: "source-failed",
              error: expect.objectContaining({ fault: "permission-denied" }),
            }),
          ]),
        );
      const summary = await page().call<RecordingSummary>("finish");
      const chunks = world().chunks();
      expect(summary.chunks).toBe(chunks.length);
      await expect.poll(() => world().originals().length).toBe(2);
      await expect
        .poll(() => samplesOf(world().originals()))
        .toBe(samplesOf(chunks.map(({ bytes }) => bytes)));
      expect(await page().call("tracks")).toEqual(["ended", "ended"]);
      // A mute is silence, not a gap.
      const last = decode(chunks.at(-1)?.bytes ?? new Uint8Array(), /./);
      expect(loudness(last.subarray(-WINDOW))).toBeLessThan(0.001);
      await page().command("Browser.setPermission", { ...permission, setting: "granted" });
    },
  );

  it.skipIf(isMissing)(`says that the browser's storage is full ${needs}`, async () => {
    await page().open(world().pageUrl);
    const { origin } = new URL(world().pageUrl);
    await page().command("Storage.overrideQuotaForOrigin", { origin, quotaSize: 8_000_000 });
    const { found, kept } = await page().call<{ found: object; kept: number }>("fill", "full");
    await page().command("Storage.overrideQuotaForOrigin", { origin });
    expect(found).toMatchObject({ name: "HeidiRecordingError", fault: "storage-full", outcome: "not-sent" });
    expect(kept).toBeGreaterThan(0);
  });
});
