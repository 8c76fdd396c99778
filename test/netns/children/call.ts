// Makes one call, or the same call until it fails, and prints how that ended.
import { setTimeout as sleep } from "node:timers/promises";
import { Heidi, isHeidiError } from "../../../src/index.ts";
import { nodeHttpClient } from "../../../src/node.ts";
import { type Stopwatch, stopwatch } from "../../stopwatch.ts";

interface Task {
  readonly baseUrl: string;
  readonly call: "create" | "stream" | "upload";
  readonly options?: object;
  readonly uploadBytes?: number;
  /** Makes the call again and again with this pause, until it fails. */
  readonly everyMs?: number;
  readonly connectTimeoutMs?: number;
}

const task = JSON.parse(process.argv[2] ?? "{}") as Task;
const { baseUrl, connectTimeoutMs } = task;
const httpClient = connectTimeoutMs === undefined ? undefined : nodeHttpClient({ connectTimeoutMs });
const clinician = Heidi.withToken("jwt", { baseUrl, httpClient });
let progressEvents = 0;

function call(): PromiseLike<unknown> {
  const options = task.options ?? {};
  switch (task.call) {
    case "create":
      return clinician.sessions.create({}, options);
    case "stream":
      return clinician.askHeidi
        .ask("1", { ai_command_text: "a", content: "b", content_type: "MARKDOWN" }, options)
        .text();
    case "upload": {
      const file = new Blob([new Uint8Array(task.uploadBytes ?? 0)], { type: "audio/mpeg" });
      const onProgress = (): void => {
        progressEvents += 1;
      };
      return clinician.transcription.uploadAudio("1", { file }, { ...options, onProgress });
    }
  }
}

// Loads the modules of a call first: on a busy machine that takes longer than the time limits of the tests.
const warmUp = Heidi.withToken("jwt", { baseUrl: "http://127.0.0.1:9", maxRetries: 0 });
await warmUp.sessions.create().catch(() => undefined);
await warmUp.close();

let startMs = 0;
let watch: Stopwatch = stopwatch();
async function failure(): Promise<unknown> {
  try {
    for (;;) {
      startMs = performance.now();
      watch.ms();
      watch = stopwatch();
      await call();
      if (task.everyMs === undefined) return undefined;
      await sleep(task.everyMs);
    }
  } catch (error) {
    return error;
  }
}

const error = await failure();
const watchMs = watch.ms();
const tookMs = performance.now() - startMs;
if (error !== undefined && !isHeidiError(error)) throw error;
await clinician.close();
await sleep(20);
const sockets = process.getActiveResourcesInfo().filter((name) => /tcp/i.test(name)).length;
const code = (error?.cause as { code?: string } | undefined)?.code;
const { partialText } = error ?? {};
console.log(
  JSON.stringify({ ...error?.toJSON(), code, partialText, tookMs, watchMs, progressEvents, sockets }),
);
