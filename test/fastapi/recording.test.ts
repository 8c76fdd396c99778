import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  HeidiBadRequestError,
  HeidiNotFoundError,
  type RecordingChunk,
  segmentRecording,
} from "heidi-health-sdk";
import { directoryStore } from "heidi-health-sdk/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasFastApi, Service } from "./service.ts";
import { Clinic, dialects, sha256 } from "./support.ts";

const SEGMENTS = "/sessions/{session_id}/restful-segment-transcription";
const bytes = new Uint8Array(readFileSync(new URL("../fixtures/recordings/opus.ogg", import.meta.url)));

describe.skipIf(!hasFastApi).each(dialects)(
  "a live recording at a FastAPI service of the $dialect dialect (needs python3-fastapi)",
  ({ dialect }) => {
    let service: Service;
    let chunks: RecordingChunk[];
    beforeAll(async () => {
      service = await Service.start({ dialect });
      chunks = [];
      for await (const chunk of segmentRecording(bytes, { chunkMs: 2_000 })) chunks.push(chunk);
    });
    afterAll(() => service.stop());
    const open = (): Clinic => new Clinic(service, { dialect });
    const hashes = async (): Promise<string[]> =>
      Promise.all(
        chunks.map(async ({ data }) =>
          sha256(new Uint8Array(await new Blob([new Uint8Array(data)]).arrayBuffer())),
        ),
      );

    it("arrives segment by segment, each whole and in its place, and is transcribed", async () => {
      await using clinic = open();
      const { transcription } = clinic.clinician;
      const session_id = await clinic.session();
      await using recording = await transcription.startRecording(session_id);
      for (const chunk of chunks) await recording.append(chunk);
      expect(await recording.finish()).toMatchObject({ chunks: chunks.length, uncertain: [] });

      const sent = await clinic.all("POST", `${SEGMENTS}/{recording_id}:transcribe`);
      const received = sent.map(({ parts }) => ({
        index: Number(parts.find(({ name }) => name === "index")?.value),
        sha256: parts.find(({ name }) => name === "file")?.sha256,
        type: parts.find(({ name }) => name === "file")?.content_type,
      }));
      received.sort((one, other) => one.index - other.index);
      expect(received).toEqual(
        (await hashes()).map((hash, index) => ({ index, sha256: hash, type: "audio/ogg" })),
      );
      expect(await clinic.all("POST", SEGMENTS)).toHaveLength(1);
      expect(await clinic.all("POST", `${SEGMENTS}/{recording_id}:finish`)).toHaveLength(1);

      const { transcript = "" } = await transcription.waitForTranscript(session_id, { intervalMs: 20 });
      expect(transcript.split("\n").map((line) => line.split(" ")[1])).toEqual(
        chunks.map((_, index) => String(index)),
      );
    });

    it("shows its segments while it is under way", async () => {
      await using clinic = open();
      const { transcription } = clinic.clinician;
      const session_id = await clinic.session();
      await using recording = await transcription.startRecording(session_id);
      await recording.append(chunks[0] as RecordingChunk);
      await expect
        .poll(async () => (await transcription.getLive(session_id)).chunks?.[0]?.status)
        .toBe("READY");
      expect(await transcription.getLive(session_id)).toMatchObject({ active_source: "LIVE" });
      await recording.finish();
      const late = { file: { data: bytes, contentType: "audio/ogg" }, index: "9" };
      const { id: recording_id } = recording;
      const error = await Promise.resolve(
        transcription.transcribeSegment(session_id, recording_id, late),
      ).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(HeidiBadRequestError);
      const unknown = await Promise.resolve(transcription.finishRecording(session_id, "0".repeat(24))).catch(
        (reason: unknown) => reason,
      );
      expect(unknown).toBeInstanceOf(HeidiNotFoundError);
    });

    it("whose process dies goes on in another, and no segment is sent twice", async () => {
      const folder = mkdtempSync(join(tmpdir(), "heidi-fastapi-"));
      try {
        await using clinic = open();
        const session_id = await clinic.session();
        const before = clinic.again({ dialect });
        const first = await before.clinician.transcription.startRecording(session_id, {
          store: directoryStore(folder),
        });
        for (const chunk of chunks.slice(0, 2)) await first.append(chunk);
        // The chunks are on their way or on disk when the process ends.
        await before.heidi.close();

        const second = await clinic.clinician.transcription.startRecording(session_id, {
          store: directoryStore(folder),
        });
        expect(second.nextIndex).toBe(2);
        for (const chunk of chunks.slice(2)) await second.append(chunk);
        expect(await second.finish()).toMatchObject({ chunks: chunks.length });

        expect(await clinic.all("POST", SEGMENTS)).toHaveLength(1);
        const sent = (await clinic.all("POST", `${SEGMENTS}/{recording_id}:transcribe`)).filter(
          ({ status }) => status === 200,
        );
        const received = new Map(
          sent.map(({ parts }) => [
            Number(parts.find(({ name }) => name === "index")?.value),
            parts.find(({ name }) => name === "file")?.sha256,
          ]),
        );
        expect([...received].sort(([one], [other]) => one - other)).toEqual([...(await hashes()).entries()]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  },
);
