import { Heidi, type Recording, type RecordingOptions, type RecordingStore } from "heidi-health-sdk";
import { createRecordings } from "../../../src/workflows/recording/start-recording.ts";
import { VirtualTime } from "./support.ts";

/** A chunk as it reached the server. */
export interface Arrived {
  readonly index: string;
  readonly text: string;
  readonly type: string;
  readonly name: string;
}

/** What the server does with a request: nothing said is a success; an error is a connection that broke. */
export type Reaction = Response | Error | undefined;
export type Step = "create" | "transcribe" | "finish";

export const SESSION = "canary-4711-session";
export const PATIENT = "canary-4711";

/** A server of live recordings that keeps what it was sent, and fails as it is told. */
export class RecordingServer {
  readonly time: VirtualTime = new VirtualTime();
  readonly steps: string[] = [];
  readonly arrived: Arrived[] = [];
  inFlight = 0;
  peak = 0;
  react: (step: Step, index: string, count: number) => Reaction | Promise<Reaction> = () => undefined;
  readonly #counts = new Map<string, number>();

  readonly #fetch = async (input: string, init: RequestInit): Promise<Response> => {
    const { pathname } = new URL(input);
    if (!pathname.startsWith(`/sessions/${SESSION}/restful-segment-transcription`))
      throw new Error("not a recording");
    if (pathname.endsWith(":transcribe")) return this.#transcribe(init);
    const step = pathname.endsWith(":finish") ? "finish" : "create";
    this.steps.push(step);
    const reaction = await this.#react(step, "");
    return (
      reaction ?? Response.json(step === "finish" ? { is_success: true } : { recording_id: "recording-1" })
    );
  };

  /** Called for each token; a token lives for a second, so a test can let the next one fail. */
  provideToken: () => Promise<void> = async () => undefined;
  readonly #clinician = Heidi.withToken(
    async () => {
      await this.provideToken();
      return { token: "jwt", expiration_time: new Date(Date.now() + 1_000).toISOString() };
    },
    { baseUrl: "http://localhost:1", fetch: this.#fetch },
  );
  readonly #recordings = createRecordings(this.#clinician.transcription, this.time);

  start(options?: RecordingOptions): Promise<Recording> {
    return this.#recordings.startRecording(SESSION, options);
  }

  /** The same server, as another process sees it. */
  startElsewhere(options: RecordingOptions, session: string = SESSION): Promise<Recording> {
    return createRecordings(this.#clinician.transcription, this.time).startRecording(session, options);
  }

  async #transcribe(init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const form = await new Response(init.body, {
      headers: { "content-type": headers.get("content-type") ?? "" },
    }).formData();
    const index = String(form.get("index"));
    const file = form.get("file");
    this.steps.push(index);
    this.inFlight += 1;
    this.peak = Math.max(this.peak, this.inFlight);
    try {
      const reaction = await this.#react("transcribe", index);
      if (reaction === undefined || reaction.ok) {
        if (file instanceof File) {
          this.arrived.push({ index, text: await file.text(), type: file.type, name: file.name });
        }
      }
      return reaction ?? Response.json({ is_success: true });
    } finally {
      this.inFlight -= 1;
    }
  }

  async #react(step: Step, index: string): Promise<Response | undefined> {
    const count = (this.#counts.get(step + index) ?? 0) + 1;
    this.#counts.set(step + index, count);
    const reaction = await this.react(step, index, count);
    if (reaction instanceof Error) throw reaction;
    return reaction;
  }
}

/** A break of the connection after the request was read. */
export const reset = (): Error =>
  Object.assign(new TypeError("fetch failed"), {
    cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" }),
  });
/** A connection that was never made. */
export const refused = (): Error =>
  Object.assign(new TypeError("fetch failed"), {
    cause: Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", syscall: "connect" }),
  });
export const status = (code: number, headers: Record<string, string> = {}): Response =>
  Response.json({ detail: PATIENT }, { status: code, headers });

/** Bytes that the type of an Ogg file is told by, and a text to know them by. */
export const chunkOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(`OggS${text}`);

export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** What a disk would hold: survives the recording that wrote it. */
export class DiskDouble implements RecordingStore {
  readonly chunks: Map<number, Uint8Array> = new Map();
  journal: string | undefined;
  /** Called before and after every change; throws when the process is dead. */
  onChange: (what: string) => void = () => undefined;

  async put(index: number, bytes: Uint8Array): Promise<void> {
    this.#change(`put ${index}`, () => this.chunks.set(index, bytes.slice()));
  }
  async get(index: number): Promise<Uint8Array | undefined> {
    return this.chunks.get(index);
  }
  async delete(index: number): Promise<void> {
    this.#change(`delete ${index}`, () => this.chunks.delete(index));
  }
  async list(): Promise<readonly number[]> {
    return [...this.chunks.keys()];
  }
  async saveJournal(journal: string): Promise<void> {
    this.#change("journal", () => {
      this.journal = journal;
    });
  }
  async loadJournal(): Promise<string | undefined> {
    return this.journal;
  }
  async clear(): Promise<void> {
    for (const index of [...this.chunks.keys()])
      this.#change(`delete ${index}`, () => this.chunks.delete(index));
    this.#change("clear", () => {
      this.journal = undefined;
    });
  }

  #change(what: string, work: () => void): void {
    this.onChange(`before ${what}`);
    work();
    this.onChange(`after ${what}`);
  }
}
