// The page that the tests drive. Everything that it offers to them is a property of `window`.
import { Heidi, type RecordingStore } from "heidi-health-sdk";
import {
  type CaptureOptions,
  type CaptureProgress,
  HeidiRecordingError,
  indexedDbStore,
  type MicrophoneOptions,
  type MicrophoneRecording,
  recordMicrophone,
  recordStream,
  type StreamRecording,
} from "heidi-health-sdk/browser";
import { storeContract } from "../store-contract.ts";

interface Begun {
  readonly session_id: string;
  readonly token: string;
  readonly baseUrl: string;
}

interface Settings {
  readonly store?: boolean;
  readonly source?: "microphone" | "ramp";
  readonly options?: MicrophoneOptions;
}

type Event = Omit<CaptureProgress, "error"> & { readonly error?: unknown; readonly atMs: number };

let recording: StreamRecording | undefined;
let microphone: MicrophoneRecording | undefined;
/** Records the ramp from its start to its end, beside the SDK's recorders: the first of the originals. */
let whole: MediaRecorder | undefined;
const events: Event[] = [];
const opened: MediaStream[] = [];

/** What the page's policy refused. */
const violations: string[] = [];
document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
  violations.push(`${effectiveDirective} ${blockedURI}`);
});

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The browser's own recorder; what it writes is also sent to the test, slice by slice. */
let runs = Number(sessionStorage.getItem("runs") ?? 0);
class Overheard extends MediaRecorder {
  constructor(stream: MediaStream, options?: MediaRecorderOptions) {
    super(stream, options);
    runs += 1;
    sessionStorage.setItem("runs", String(runs));
    const run = runs;
    let slice = 0;
    this.addEventListener("dataavailable", ({ data }) => {
      slice += 1;
      const body = data;
      const at = slice;
      void (async () => {
        // Tried again when the browser is offline.
        for (let tries = 0; tries < 1_000; tries += 1) {
          const sent = await fetch(`/original?run=${run}&slice=${at}`, { method: "POST", body }).catch(
            () => undefined,
          );
          if (sent?.ok) return;
          await wait(200);
        }
      })();
    });
  }
}
globalThis.MediaRecorder = Overheard;

const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (constraints) => {
  const stream = await getUserMedia(constraints);
  opened.push(stream);
  return stream;
};

const describe = (error: unknown): unknown =>
  error instanceof Error
    ? { ...(JSON.parse(JSON.stringify(error)) as object), message: error.message }
    : error;

/** A tone that grows steadily louder, so that each moment can be told from the others. */
function rampStream(): MediaStream {
  const context = new AudioContext({ sampleRate: 48_000 });
  const tone = new OscillatorNode(context, { frequency: 1_000 });
  const gain = new GainNode(context, { gain: 0 });
  gain.gain.setValueAtTime(0, context.currentTime);
  gain.gain.linearRampToValueAtTime(1, context.currentTime + 20);
  const end = context.createMediaStreamDestination();
  tone.connect(gain).connect(end);
  tone.start();
  return end.stream;
}

async function start(
  begun: Begun,
  { store, source = "microphone", options = {} }: Settings,
): Promise<string> {
  const clinician = Heidi.withToken(begun.token, { baseUrl: begun.baseUrl });
  const settings: MicrophoneOptions & CaptureOptions = {
    ...options,
    ...(store && { store: indexedDbStore({ name: begun.session_id }) }),
    onProgress: (progress) =>
      events.push({ ...progress, error: describe(progress.error), atMs: Math.round(performance.now()) }),
  };
  if (source === "microphone") {
    microphone = await recordMicrophone(clinician, begun.session_id, settings);
    recording = microphone;
  } else {
    const stream = rampStream();
    whole = new MediaRecorder(stream, { mimeType: options.mimeType ?? "" });
    whole.start();
    recording = await recordStream(clinician, begun.session_id, stream, settings);
  }
  return recording.id;
}

const open = (name: string): RecordingStore => indexedDbStore({ name, lockTimeoutMs: 200 });

async function failing(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    if (error instanceof HeidiRecordingError) return { ...error.toJSON() };
    return String(error);
  }
  return "no error";
}

function inDatabase<T>(work: (database: IDBDatabase) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("heidi-health-sdk");
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const { result } = request;
      work(result)
        .finally(() => result.close())
        .then(resolve, reject);
    };
  });
}

const answerOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Returns what a reader of the database finds. */
async function lookIntoDatabase(): Promise<object> {
  return inDatabase(async (database) => {
    const names = ["recordings", "records"];
    const read = (name: string) => database.transaction(name).objectStore(name);
    const [entries, records] = await Promise.all(names.map((name) => answerOf(read(name).getAll())));
    const keys = (entries ?? []).map(({ key }: { key: CryptoKey }) => key);
    const exported = await Promise.all(
      keys.map((key) =>
        crypto.subtle.exportKey("raw", key).then(
          () => "exported",
          (error: Error) => error.name,
        ),
      ),
    );
    const texts = (records ?? []).map(({ data }: { data: ArrayBuffer }) =>
      Array.from(new Uint8Array(data), (byte) => String.fromCharCode(byte)).join(""),
    );
    const ivs = new Set((records ?? []).map(({ iv }: { iv: Uint8Array }) => iv.join()));
    return {
      recordings: entries?.length,
      records: records?.length,
      ivs: ivs.size,
      extractable: keys.map(({ extractable }: CryptoKey) => extractable),
      exported,
      readable: texts.filter((text) => /OggS|webm|Opus|recording_id|"chunks"/.test(text)).length,
    };
  });
}

/** The documentation's sample with a `MediaRecorder`. */
interface Sample {
  record(names: object): Promise<void>;
}
let sampleEnds: Promise<string> | undefined;
const stopButton: { onclick?: () => unknown } = {};

/** Records as the documentation's sample does; `stopSample` ends it and returns what it shows. */
async function startSample({ token, ...begun }: Begun): Promise<void> {
  const path = "/sample.js";
  const { record }: Sample = await import(path);
  const expiration_time = new Date(Date.now() + 3_600_000).toISOString();
  const shown: string[] = [];
  const names = {
    ...begun,
    stopButton,
    getToken: async () => ({ token, expiration_time }),
    show: (text: string) => shown.push(text),
  };
  sampleEnds = record(names).then(() => shown.join(" "), String);
}

async function stopSample(): Promise<string | undefined> {
  stopButton.onclick?.();
  return sampleEnds;
}

/** The name of the error of code that a page creates from text. */
async function evaluateText(): Promise<string> {
  await wait(1); // not within the command of the test, which may do that
  try {
    return String(new Function("return 1")());
  } catch (error) {
    return error instanceof Error ? error.name : "unknown";
  }
}

const offered = {
  start,
  startSample,
  stopSample,
  evaluateText,
  violations: () => violations,
  wait,
  events: () => events.filter(({ event }) => event !== "level"),
  levels: () => events.flatMap(({ level }) => (level === undefined ? [] : [level])),
  finish: async () => {
    const summary = await recording?.finish();
    whole?.stop();
    return summary;
  },
  pause: () => recording?.pause(),
  resume: () => recording?.resume(),
  mute: () => recording?.mute(),
  unmute: () => recording?.unmute(),
  state: () => recording?.state,
  tracks: () => opened.flatMap((stream) => stream.getTracks().map(({ readyState }) => readyState)),
  devices: async () =>
    (await navigator.mediaDevices.enumerateDevices()).flatMap(({ kind, deviceId }) =>
      kind === "audioinput" ? [deviceId] : [],
    ),
  useDevice: (id: string) => microphone?.useDevice(id),
  failToStart: (begun: Begun) => failing(() => start(begun, {})),
  unsupported: (begun: Begun) => failing(() => start(begun, { options: { mimeType: "audio/x-nothing" } })),
  contract: async () => {
    const results: Record<string, string> = {};
    for (const [rule, check] of Object.entries(storeContract)) {
      results[rule] = await check(() => open(`contract ${rule}`)).then(() => "kept", String);
    }
    return results;
  },
  lookIntoDatabase,
  hold: async (name: string) => {
    const store = open(name);
    await store.put(0, new TextEncoder().encode("OggS held"));
    return lookIntoDatabase();
  },
  openElsewhere: async (name: string) => {
    // Another frame is another client of the locks, as another tab is.
    const frame = document.createElement("iframe");
    frame.src = "/";
    document.body.append(frame);
    await new Promise((resolve) => frame.addEventListener("load", resolve));
    const other: unknown = Reflect.get(frame.contentWindow ?? {}, "failToLoad");
    const found: unknown = typeof other === "function" ? await other(name) : "the frame is not ready";
    frame.remove();
    return found;
  },
  failToLoad: (name: string) => failing(() => open(name).list()),
  openOnBusyDevice: async (name: string) => {
    const { request } = LockManager.prototype;
    const late = async (...given: Parameters<typeof request>): Promise<unknown> => {
      await wait(1_000);
      return Reflect.apply(request, navigator.locks, given);
    };
    Object.assign(navigator.locks, { request: late });
    try {
      const store = open(name);
      const found = await failing(() => store.list());
      await store.close?.();
      return found;
    } finally {
      Reflect.deleteProperty(navigator.locks, "request");
    }
  },
  moveRecord: async (name: string) => {
    const store = open(name);
    await store.put(0, new TextEncoder().encode("zero"));
    await store.put(1, new TextEncoder().encode("one"));
    await inDatabase(async (database) => {
      const records = database.transaction("records", "readwrite").objectStore("records");
      const keys = await answerOf(records.getAllKeys());
      const [zero, one] = keys.slice(-2);
      if (zero && one) await answerOf(records.put(await answerOf(records.get(zero)), one));
    });
    const found = await failing(() => store.get(1));
    await store.clear();
    return found;
  },
  expire: async (name: string) => {
    const store = indexedDbStore({ name, maxAgeMs: 1 });
    await store.put(0, new TextEncoder().encode("old"));
    await store.close?.();
    await wait(20);
    const next = open(name);
    const first = await failing(() => next.list());
    const second = await next.list();
    await next.close?.();
    return { first, second };
  },
  fill: async (name: string) => {
    const store = open(name);
    const found = await failing(async () => {
      for (let index = 0; index < 64; index += 1) await store.put(index, new Uint8Array(1_000_000));
    });
    const kept = await store.list();
    await store.clear();
    return { found, kept: kept.length };
  },
};

Object.assign(window, offered, { isReady: true });
