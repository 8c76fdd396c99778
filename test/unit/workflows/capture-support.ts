import { setTimeout as delay } from "node:timers/promises";
import { vi } from "vitest";

/** A source of audio. */
export class FakeTrack extends EventTarget {
  readonly kind = "audio";
  readyState: "live" | "ended" = "live";
  enabled = true;

  stop(): void {
    this.readyState = "ended";
  }

  /** The system takes it away. */
  end(): void {
    this.readyState = "ended";
    this.dispatchEvent(new Event("ended"));
  }
}

export class FakeStream {
  readonly #tracks: readonly FakeTrack[];

  constructor(tracks: readonly FakeTrack[] = [new FakeTrack()]) {
    this.#tracks = tracks;
  }

  getAudioTracks(): readonly FakeTrack[] {
    return this.#tracks;
  }

  getTracks(): readonly FakeTrack[] {
    return this.#tracks;
  }
}

/** A recorder whose slices the test makes. Node has none. */
export class FakeRecorder extends EventTarget {
  static made: FakeRecorder[] = [];
  static types: (type: string) => boolean = () => true;
  static isTypeSupported(type: string): boolean {
    return FakeRecorder.types(type);
  }

  state: "inactive" | "recording" | "paused" = "inactive";
  readonly mimeType: string;
  /** The slice that `stop()` still gives. */
  last: Blob = new Blob([]);

  constructor(_: FakeStream, options: { readonly mimeType?: string } = {}) {
    super();
    this.mimeType = options.mimeType ?? "audio/x-other";
    FakeRecorder.made.push(this);
  }

  start(): void {
    this.state = "recording";
    queueMicrotask(() => this.dispatchEvent(new Event("start")));
  }

  pause(): void {
    this.state = "paused";
  }

  resume(): void {
    this.state = "recording";
  }

  requestData(): void {}

  give(data: Blob): void {
    this.dispatchEvent(Object.assign(new Event("dataavailable"), { data }));
  }

  fail(name: string): void {
    this.dispatchEvent(Object.assign(new Event("error"), { error: Object.assign(new Error("x"), { name }) }));
  }

  /** The last slice and the event come later, as the standard says. */
  stop(): void {
    this.state = "inactive";
    setTimeout(() => {
      this.give(this.last);
      this.dispatchEvent(new Event("stop"));
    });
  }
}

/** Puts the fakes in the places of a browser's classes. */
export function fakeBrowser(): void {
  FakeRecorder.made = [];
  FakeRecorder.types = () => true;
  vi.stubGlobal("MediaRecorder", FakeRecorder);
  vi.stubGlobal("MediaStream", FakeStream);
  vi.stubGlobal("navigator", {});
}

export const streamOf = (stream: FakeStream = new FakeStream()): MediaStream =>
  stream as unknown as MediaStream;

/** A Blob whose bytes take their time. */
export function slowBlob(bytes: Uint8Array<ArrayBuffer>, ms: number): Blob {
  const blob = new Blob([bytes]);
  const read = blob.arrayBuffer.bind(blob);
  blob.arrayBuffer = async () => {
    await delay(ms);
    return read();
  };
  return blob;
}
