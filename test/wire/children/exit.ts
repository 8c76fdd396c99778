// Uses a client in the way its first argument names, and prints how many milliseconds passed from then until its process came to its end.
import { setTimeout as sleep } from "node:timers/promises";
import { Heidi } from "../../../src/index.ts";
import { stopwatch } from "../../stopwatch.ts";

const [mode, baseUrl] = process.argv.slice(2);
const heidi = new Heidi({ apiKey: "key", ...(baseUrl === undefined ? {} : { baseUrl }) });
const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });
const ignore = (): void => {};
/** A mode that ends otherwise than meant would prove nothing. */
const expectEnd = (name: string) => (error: unknown) => {
  if (!(error instanceof Error) || error.name !== name) throw error;
};

switch (mode) {
  case "one-call":
    await clinician.templates.list();
    break;
  case "deadline-and-signal":
    await clinician.templates.list({
      totalTimeoutMs: 600_000,
      timeoutMs: 600_000,
      signal: new AbortController().signal,
    });
    break;
  case "aborted-back-off": {
    const abort = new AbortController();
    const call = clinician.sessions.create({}, { signal: abort.signal });
    setTimeout(() => abort.abort(), 200);
    await call.catch(ignore);
    break;
  }
  case "aborted-wait": {
    const abort = new AbortController();
    const { transcription } = clinician;
    const wait = transcription.waitForTranscript("s", { intervalMs: 30_000, signal: abort.signal });
    setTimeout(() => abort.abort(), 200);
    await wait.catch(expectEnd("HeidiAbortError"));
    break;
  }
  case "overdue-wait": {
    const { transcription } = clinician;
    const wait = transcription.waitForTranscript("s", { intervalMs: 30_000, timeoutMs: 200 });
    await wait.catch(expectEnd("HeidiPollError"));
    break;
  }
  case "left-wait":
    for await (const _ of clinician.transcription.waitForTranscript("s", { intervalMs: 30_000 })) break;
    break;
  case "renewal": {
    let asked = 0;
    const soon = (): string => new Date(Date.now() + 10_000).toISOString();
    const user = Heidi.withToken(
      () => (++asked === 1 ? { token: "jwt", expiration_time: soon() } : new Promise<never>(ignore)),
      baseUrl === undefined ? {} : { baseUrl },
    );
    await user.templates.list();
    // In the last fifth of a short token's life a call renews it for those that follow.
    while (asked < 2) {
      await sleep(50);
      await user.templates.list();
    }
    break;
  }
  case "closed-stream":
  case "aborted-stream": {
    const abort = new AbortController();
    const stream = clinician.askHeidi.ask(
      "1",
      { ai_command_text: "x", content: "y", content_type: "MARKDOWN" },
      { signal: abort.signal },
    );
    const { done } = await stream[Symbol.asyncIterator]().next();
    if (done) throw new Error("no object came");
    if (mode === "closed-stream") await heidi.close();
    else abort.abort();
    break;
  }
  case "unread-answer":
    await clinician.templates.list().asResponse();
    break;
  case "failed-call":
    await clinician.sessions.create({}).catch(ignore);
    break;
}
const watch = stopwatch();
process.on("exit", () => console.log(watch.ms()));
