import { type BufferedReader, damagedRecording } from "./buffered-reader.ts";
import { boxHeadAt, type FragmentTrack, readFragment, type Sample } from "./mp4-box.ts";
import { hasSamples, isFragmented, type Mp4Movie, readMovie, writeMp4 } from "./mp4-movie.ts";
import { Segmenter, type Timeline, TrackClock } from "./segmenter.ts";
import { MAX_CHUNK_BYTES, MAX_HEADER_BYTES, type Segment, withRest } from "./types.ts";

/** The known top-level boxes; anything else counts as damage. */
const OUTER = /^(ftyp|styp|moov|moof|mdat|sidx|ssix|free|skip|wide|emsg|prft|mfra|uuid|pdin|meta|udta)$/;
const MAX_HEAD_BYTES = 16;

/**
 * Segments a fragmented MP4 between the samples of its audio tracks. The recorders of WebKit and Chromium write this
 * format, and ffmpeg with `-movflags empty_moov+default_base_moof`. Every chunk is a complete file with one fragment
 * (`moof` and `mdat`), whose time starts at zero. After damage, it continues with the next fragment.
 */
export function segmentMp4(
  input: BufferedReader,
  chunkMs: number,
  timeline: Timeline,
): AsyncGenerator<Segment, void, undefined> {
  const recorder = new Mp4Recorder(input, chunkMs, timeline);
  return withRest(recorder.segments(), () => recorder.end());
}

interface Track {
  readonly index: number;
  readonly clock: TrackClock;
}

class Mp4Recorder {
  readonly #input: BufferedReader;
  readonly #chunkMs: number;
  readonly #timeline: Timeline;
  #ftyp: Uint8Array = new Uint8Array(0);
  #movie: Mp4Movie | undefined;
  #segmenter: Segmenter | undefined;
  #tracks = new Map<number, Track>();
  /** The position of the current file in the stream. */
  #fileAt = 0;
  /** The number of skipped bytes since the last sample. */
  #lost = 0;

  constructor(input: BufferedReader, chunkMs: number, timeline: Timeline) {
    this.#input = input;
    this.#chunkMs = chunkMs;
    this.#timeline = timeline;
  }

  end(): Segment | undefined {
    return this.#segmenter?.end();
  }

  async *segments(): AsyncGenerator<Segment, void, undefined> {
    for (;;) {
      const { offset } = this.#input;
      const head = await this.#headAt(0);
      if (head === "end") break;
      if (head === "bad") {
        await this.#continue("a box was expected");
        continue;
      }
      const { type, size, headBytes } = head;
      if (type === "ftyp") {
        // A recorder that is restarted begins a new file.
        const chunk = this.end();
        if (chunk) yield chunk;
        this.#segmenter = undefined;
        this.#movie = undefined;
        this.#fileAt = offset;
        this.#ftyp = await this.#content(size, headBytes);
      } else if (type === "moov") {
        if (this.#movie) await this.#input.skip(size);
        else this.#open(await this.#content(size, headBytes));
      } else if (type === "moof") yield* this.#fragment(size, headBytes);
      else if (type === "mdat" && this.#movie === undefined) throw this.#plain();
      else if (!(await this.#input.skip(size)) && Number.isFinite(size))
        throw damagedRecording("MP4", offset, "it ends in the middle of a box");
    }
    if (this.#lost > 0) throw damagedRecording("MP4", this.#input.offset, "its end is damaged");
  }

  async #content(size: number, headBytes: number): Promise<Uint8Array> {
    const { offset } = this.#input;
    const bytes = size > MAX_HEADER_BYTES ? undefined : await this.#input.take(size);
    if (!bytes) throw damagedRecording("MP4", offset, "its headers are too large or truncated");
    return bytes.subarray(headBytes);
  }

  #plain(): Error {
    return damagedRecording(
      "MP4",
      this.#input.offset,
      "it is a plain MP4 (M4A), not a fragmented one, and is playable only when the recorder has closed it. Configure the recorder to write fragments (ffmpeg: -movflags empty_moov+default_base_moof), or send the complete file with uploadAudio",
    );
  }

  #open(moov: Uint8Array): void {
    if (!isFragmented(moov)) throw this.#plain();
    if (hasSamples(moov))
      throw damagedRecording(
        "MP4",
        this.#input.offset,
        "its first samples are outside the fragments. Configure the recorder to write all samples in fragments (ffmpeg: -movflags empty_moov+default_base_moof)",
      );
    const movie = readMovie(this.#ftyp, moov);
    if (movie.tracks.length === 0)
      throw damagedRecording("MP4", this.#input.offset, "it has no audio track, or its headers are damaged");
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
    const { offset } = this.#input;
    const data = await this.#headAt(size);
    if (
      typeof data === "object" &&
      data.type === "moof" &&
      data.size === size &&
      (await this.#isRepeated(size))
    ) {
      await this.#input.skip(size);
      return;
    }
    const isFollowed = typeof data === "object" && data.type === "mdat";
    if (this.#movie === undefined) throw damagedRecording("MP4", offset, "its headers are missing");
    const moof = (await this.#input.peek(size)).slice(headBytes);
    const { tracks: known } = this.#movie;
    const tracks = readFragment(moof, offset - this.#fileAt, (id) => {
      const track = known.find((one) => one.id === id);
      return track?.defaults ?? { duration: 0, size: 0 };
    });
    const total = isFollowed ? size + data.size : 0;
    const state =
      tracks && isFollowed && fits(tracks, size, total) ? await this.#fragmentState(size, total) : "damaged";
    if (!tracks || state === "damaged") {
      await this.#continue("a fragment is damaged or truncated");
      return;
    }
    yield* this.#samples(tracks, total, state === "intact");
  }

  /** True when the same bytes follow: WebKitGTK writes the header of its last fragment twice, and the samples once. */
  async #isRepeated(size: number): Promise<boolean> {
    const bytes = await this.#input.peek(2 * size);
    const once = bytes.subarray(0, size);
    return once.every((byte, index) => byte === bytes[size + index]);
  }

  /** Returns the state of a fragment. It is damaged when another fragment begins inside it: some of its bytes are lost. */
  async #fragmentState(from: number, total: number): Promise<"intact" | "unknown" | "damaged"> {
    // A large fragment is not buffered to check what follows it.
    if (total > MAX_CHUNK_BYTES) return "intact";
    const bytes = await this.#input.peek(total);
    if (bytes.byteLength === total && (await this.#headAt(total)) !== "bad") return "intact";
    const held = await this.#input.peek(total);
    for (let at = from; at < held.byteLength; at += 1)
      if (held[at + 4] === 0x6d && held[at + 5] === 0x6f && (await this.#isFragmentAt(at))) return "damaged";
    return "unknown";
  }

  async *#samples(
    tracks: readonly FragmentTrack[],
    total: number,
    isIntact: boolean,
  ): AsyncGenerator<Segment, void, undefined> {
    const { offset } = this.#input;
    const truncated = (): Error => damagedRecording("MP4", offset, "it ends in the middle of a fragment");
    for (const fragment of tracks) this.#check(fragment);
    const samples = tracks.flatMap((fragment) => fragment.samples);
    if (total <= MAX_CHUNK_BYTES) {
      const bytes = (await this.#input.peek(total)).slice();
      await this.#input.skip(bytes.byteLength);
      const { byteLength } = bytes;
      for (const sample of this.#inTime(samples)) {
        if (sample.at + sample.size > byteLength) throw truncated();
        const chunk = this.#add(sample, bytes.subarray(sample.at, sample.at + sample.size), isIntact);
        if (chunk) yield chunk;
      }
      if (byteLength < total) throw truncated();
      return;
    }
    for (const sample of samples.sort((a, b) => a.at - b.at)) {
      await this.#input.skip(offset + sample.at - this.#input.offset);
      const data = await this.#input.take(sample.size);
      if (!data) throw truncated();
      const chunk = this.#add(sample, data, isIntact);
      if (chunk) yield chunk;
    }
    const rest = offset + total - this.#input.offset;
    if (Number.isFinite(rest)) await this.#input.skip(rest);
  }

  /** Returns the samples of all tracks in playback order; a fragment may store them in another order. */
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

  /** Reports a gap before a fragment. */
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

  #add({ track: id, duration }: Sample, data: Uint8Array, isIntact: boolean): Segment | undefined {
    const track = this.#tracks.get(id);
    const codec = this.#movie?.tracks.find((one) => one.id === id)?.codec;
    if (!track || !codec) return undefined; // not an audio track
    // When the bytes may belong to another sample, use the duration from the `moof`.
    const samples = (isIntact ? codec.samplesOf(data) : undefined) ?? duration;
    return this.#segmenter?.add(track.index, { data, samples, trim: 0 });
  }

  /** Skips damaged bytes. @throws HeidiUploadError when no fragment follows. */
  async #continue(reason: string): Promise<void> {
    const { offset } = this.#input;
    const isFound =
      this.#movie !== undefined &&
      (await this.#input.seek(
        (byte) => byte === 0, // a size below 16 MiB
        (at) => this.#isFragmentAt(at),
      ));
    if (!isFound) throw damagedRecording("MP4", offset, reason);
    this.#lost += this.#input.offset - offset;
  }

  async #isFragmentAt(at: number): Promise<boolean> {
    const bytes = (await this.#input.peek(at + 16)).subarray(at);
    const head = boxHeadAt(bytes);
    if (!head || head.size > MAX_CHUNK_BYTES) return false;
    if (head.type === "ftyp") return head.size < 256;
    return head.type === "moof" && String.fromCharCode(...bytes.subarray(12, 16)) === "mfhd";
  }

  async #headAt(
    at: number,
  ): Promise<{ readonly type: string; readonly size: number; readonly headBytes: number } | "bad" | "end"> {
    const bytes = (await this.#input.peek(at + MAX_HEAD_BYTES)).subarray(at);
    if (bytes.byteLength === 0) return "end";
    const head = boxHeadAt(bytes);
    if (!head || !OUTER.test(head.type)) return "bad";
    return head.type === "moof" && head.size > MAX_CHUNK_BYTES ? "bad" : head;
  }
}

/** Returns true when all samples are inside the `mdat` that follows. */
const fits = (tracks: readonly FragmentTrack[], from: number, to: number): boolean =>
  tracks.every(({ samples }) => samples.every(({ at, size }) => at >= from + 8 && at + size <= to));
