import { type BufferedReader, damagedRecording } from "./buffered-reader.ts";
import { boxHeadAt, type FragmentTrack, readFragment, type Sample } from "./mp4-box.ts";
import { hasSamples, isFragmented, type Mp4Movie, readMovie, writeMp4 } from "./mp4-movie.ts";
import { Segmenter, type Timeline, TrackClock } from "./segmenter.ts";
import { MAX_CHUNK_BYTES, MAX_HEADER_BYTES, type Segment, withRest } from "./types.ts";

/** The outer boxes of a file; anything else is damage. */
const OUTER = /^(ftyp|styp|moov|moof|mdat|sidx|ssix|free|skip|wide|emsg|prft|mfra|uuid|pdin|meta|udta)$/;
const MOST_HEAD_BYTES = 16;

/**
 * Cuts a fragmented MP4 (what the recorders of Safari and Chromium write, and ffmpeg with `-movflags
 * empty_moov+default_base_moof`) between the samples of its tracks of sound. Every chunk is a whole file of one
 * fragment, its time starting at zero. After damage it goes on with the next fragment.
 */
export function segmentMp4(
  intake: BufferedReader,
  chunkMs: number,
  timeline: Timeline,
): AsyncGenerator<Segment, void, undefined> {
  const recorder = new Mp4Recorder(intake, chunkMs, timeline);
  return withRest(recorder.cuts(), () => recorder.end());
}

interface Track {
  readonly index: number;
  readonly clock: TrackClock;
}

class Mp4Recorder {
  readonly #intake: BufferedReader;
  readonly #chunkMs: number;
  readonly #timeline: Timeline;
  #ftyp: Uint8Array = new Uint8Array(0);
  #movie: Mp4Movie | undefined;
  #segmenter: Segmenter | undefined;
  #tracks = new Map<number, Track>();
  /** Where the file begins in the stream. */
  #fileAt = 0;
  /** Bytes that were passed over since the last sample. */
  #lost = 0;

  constructor(intake: BufferedReader, chunkMs: number, timeline: Timeline) {
    this.#intake = intake;
    this.#chunkMs = chunkMs;
    this.#timeline = timeline;
  }

  end(): Segment | undefined {
    return this.#segmenter?.end();
  }

  async *cuts(): AsyncGenerator<Segment, void, undefined> {
    for (;;) {
      const { offset } = this.#intake;
      const head = await this.#headAt(0);
      if (head === "end") break;
      if (head === "bad") {
        await this.#continue("a box was expected");
        continue;
      }
      const { type, size, headBytes } = head;
      if (type === "ftyp") {
        // A recorder that is stopped and started begins a new file.
        const cut = this.end();
        if (cut) yield cut;
        this.#segmenter = undefined;
        this.#movie = undefined;
        this.#fileAt = offset;
        this.#ftyp = await this.#content(size, headBytes);
      } else if (type === "moov") {
        if (this.#movie) await this.#intake.skip(size);
        else this.#open(await this.#content(size, headBytes));
      } else if (type === "moof") yield* this.#fragment(size, headBytes);
      else if (type === "mdat" && this.#movie === undefined) throw this.#plain();
      else if (!(await this.#intake.skip(size)) && Number.isFinite(size))
        throw damagedRecording("MP4", offset, "it ends in the middle of a box");
    }
    if (this.#lost > 0) throw damagedRecording("MP4", this.#intake.offset, "its end is damaged");
  }

  async #content(size: number, headBytes: number): Promise<Uint8Array> {
    const { offset } = this.#intake;
    const bytes = size > MAX_HEADER_BYTES ? undefined : await this.#intake.take(size);
    if (!bytes) throw damagedRecording("MP4", offset, "its headers are too large or cut off");
    return bytes.subarray(headBytes);
  }

  #plain(): Error {
    return damagedRecording(
      "MP4",
      this.#intake.offset,
      "it is a plain MP4 (M4A), which is complete only when it has been closed, and not a fragmented one. Have the recorder write fragments (ffmpeg: -movflags empty_moov+default_base_moof), or send the whole file with uploadAudio",
    );
  }

  #open(moov: Uint8Array): void {
    if (!isFragmented(moov)) throw this.#plain();
    if (hasSamples(moov))
      throw damagedRecording(
        "MP4",
        this.#intake.offset,
        "its first part stands outside of its fragments. Have the recorder write all of it in fragments (ffmpeg: -movflags empty_moov+default_base_moof)",
      );
    const movie = readMovie(this.#ftyp, moov);
    if (movie.tracks.length === 0)
      throw damagedRecording("MP4", this.#intake.offset, "it holds no sound, or its headers are damaged");
    const segmenter = new Segmenter(this.#chunkMs, this.#timeline, (parts) => writeMp4(movie, parts));
    this.#tracks = new Map(
      movie.tracks.map(({ id, codec, skip }) => [
        id,
        { index: segmenter.addTrack(codec, skip), clock: new TrackClock() },
      ]),
    );
    this.#movie = movie;
    this.#segmenter = segmenter;
  }

  async *#fragment(size: number, headBytes: number): AsyncGenerator<Segment, void, undefined> {
    const { offset } = this.#intake;
    const data = await this.#headAt(size);
    const isFollowed = typeof data === "object" && data.type === "mdat";
    if (this.#movie === undefined) throw damagedRecording("MP4", offset, "its headers are missing");
    const moof = (await this.#intake.peek(size)).slice(headBytes);
    const { tracks: known } = this.#movie;
    const tracks = readFragment(moof, offset - this.#fileAt, (id) => {
      const track = known.find((one) => one.id === id);
      return track?.defaults ?? { duration: 0, size: 0 };
    });
    const total = isFollowed ? size + data.size : 0;
    const state = tracks && isFollowed && fits(tracks, size, total) ? await this.#judge(size, total) : "torn";
    if (!tracks || state === "torn") {
      await this.#continue("a fragment is damaged or cut off");
      return;
    }
    yield* this.#samples(tracks, total, state === "whole");
  }

  /** A fragment is torn when another begins within it, as it does when bytes of it are lost. */
  async #judge(from: number, total: number): Promise<"whole" | "unsure" | "torn"> {
    // A long one is not held to look at what follows it.
    if (total > MAX_CHUNK_BYTES) return "whole";
    const bytes = await this.#intake.peek(total);
    if (bytes.byteLength === total && (await this.#headAt(total)) !== "bad") return "whole";
    const held = await this.#intake.peek(total);
    for (let at = from; at < held.byteLength; at += 1)
      if (held[at + 4] === 0x6d && held[at + 5] === 0x6f && (await this.#isFragmentAt(at))) return "torn";
    return "unsure";
  }

  async *#samples(
    tracks: readonly FragmentTrack[],
    total: number,
    isSure: boolean,
  ): AsyncGenerator<Segment, void, undefined> {
    const { offset } = this.#intake;
    const cutOff = (): Error => damagedRecording("MP4", offset, "it ends in the middle of a fragment");
    for (const fragment of tracks) this.#check(fragment);
    const samples = tracks.flatMap((fragment) => fragment.samples);
    if (total <= MAX_CHUNK_BYTES) {
      const bytes = (await this.#intake.peek(total)).slice();
      await this.#intake.skip(bytes.byteLength);
      const { byteLength } = bytes;
      for (const sample of this.#inTime(samples)) {
        if (sample.at + sample.size > byteLength) throw cutOff();
        const cut = this.#add(sample, bytes.subarray(sample.at, sample.at + sample.size), isSure);
        if (cut) yield cut;
      }
      if (byteLength < total) throw cutOff();
      return;
    }
    for (const sample of samples.sort((a, b) => a.at - b.at)) {
      await this.#intake.skip(offset + sample.at - this.#intake.offset);
      const data = await this.#intake.take(sample.size);
      if (!data) throw cutOff();
      const cut = this.#add(sample, data, isSure);
      if (cut) yield cut;
    }
    const rest = offset + total - this.#intake.offset;
    if (Number.isFinite(rest)) await this.#intake.skip(rest);
  }

  /** Samples of all tracks as they are heard, however the fragment arranges them. */
  #inTime(samples: readonly Sample[]): Sample[] {
    const ends = new Map<number, number>();
    return samples
      .map((sample) => {
        const start = ends.get(sample.track) ?? 0;
        const rate = this.#movie?.tracks.find(({ id }) => id === sample.track)?.codec.rate ?? 1;
        ends.set(sample.track, start + sample.duration / rate);
        return { sample, start };
      })
      .sort((a, b) => a.start - b.start)
      .map(({ sample }) => sample);
  }

  /** Tells of what was lost before a fragment. */
  #check({ track: id, time, samples }: FragmentTrack): void {
    const track = this.#tracks.get(id);
    const codec = this.#movie?.tracks.find((one) => one.id === id)?.codec;
    const [first] = samples;
    if (!track || !codec || !first) return;
    codec.learn?.(first.duration);
    if (time === undefined) return;
    const atMs = (time * 1_000) / codec.rate;
    if (track.index === 0 || this.#lost > 0) {
      track.clock.check(this.#timeline, atMs, this.#lost, 0);
      this.#lost = 0;
    }
    const ticks = samples.reduce((sum, { duration }) => sum + duration, 0);
    track.clock.expect(atMs + (ticks * 1_000) / codec.rate);
  }

  #add({ track: id, duration }: Sample, data: Uint8Array, isSure: boolean): Segment | undefined {
    const track = this.#tracks.get(id);
    const codec = this.#movie?.tracks.find((one) => one.id === id)?.codec;
    if (!track || !codec) return undefined; // pictures
    // Of bytes that may be another sample's the fragment knows better.
    const samples = (isSure ? codec.samplesOf(data) : undefined) ?? duration;
    return this.#segmenter?.add(track.index, { data, samples, trim: 0 });
  }

  /** Passes over what is damaged. @throws HeidiUploadError when no fragment follows. */
  async #continue(what: string): Promise<void> {
    const { offset } = this.#intake;
    const isFound =
      this.#movie !== undefined &&
      (await this.#intake.seek(
        (byte) => byte === 0, // a size below 16 MiB
        (at) => this.#isFragmentAt(at),
      ));
    if (!isFound) throw damagedRecording("MP4", offset, what);
    this.#lost += this.#intake.offset - offset;
  }

  async #isFragmentAt(at: number): Promise<boolean> {
    const bytes = (await this.#intake.peek(at + 16)).subarray(at);
    const head = boxHeadAt(bytes);
    if (!head || head.size > MAX_CHUNK_BYTES) return false;
    if (head.type === "ftyp") return head.size < 256;
    return head.type === "moof" && String.fromCharCode(...bytes.subarray(12, 16)) === "mfhd";
  }

  async #headAt(
    at: number,
  ): Promise<{ readonly type: string; readonly size: number; readonly headBytes: number } | "bad" | "end"> {
    const bytes = (await this.#intake.peek(at + MOST_HEAD_BYTES)).subarray(at);
    if (bytes.byteLength === 0) return "end";
    const head = boxHeadAt(bytes);
    if (!head || !OUTER.test(head.type)) return "bad";
    return head.type === "moof" && head.size > MAX_CHUNK_BYTES ? "bad" : head;
  }
}

/** Whether all samples lie in the data that follows. */
const fits = (tracks: readonly FragmentTrack[], from: number, to: number): boolean =>
  tracks.every(({ samples }) => samples.every(({ at, size }) => at >= from + 8 && at + size <= to));
