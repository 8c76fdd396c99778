import { setTimeout as pause } from "node:timers/promises";
import type { HeidiUser, LiveTranscript, Transcript } from "../index.ts";
import { duration, parse, type Values } from "./arguments.ts";
import { type Command, EXIT, type Terminal, UsageError } from "./command.ts";
import { connectionOptions, withClinician } from "./connection.ts";
import { helpOf } from "./help.ts";
import { Status } from "./status.ts";

const transcriptOptions = {
  "no-wait": { type: "boolean", about: "prints what there is now" },
  wait: { type: "string", value: "<duration>", about: "how long to wait at most (default 30m)" },
  live: {
    type: "boolean",
    about:
      "prints each piece of a consult under way as soon as it is transcribed;\nends when nothing new came for two minutes",
  },
  "accept-partial": {
    type: "boolean",
    about: "takes the text there is when a piece could not be transcribed",
  },
  json: { type: "boolean", about: "as the API has it; with --live, one line of JSON for each piece" },
} as const;

const LIVE_INTERVAL_MS = 2_000;
/** Pieces of a live recording are up to a minute long. */
const LIVE_SILENCE_MS = 120_000;

type Given = Values<typeof transcriptOptions>;

/** `heidi transcript`: prints what was said. */
export const transcriptCommand: Command = {
  help: helpOf({
    title: "heidi transcript: waits for the transcript of a session and prints it",
    usage: "heidi transcript <session id> [options]",
    examples: ["heidi transcript 160325637265694781337486253513281345629 > visit.txt"],
    options: { "The transcript": transcriptOptions, "Whose, and where": connectionOptions },
  }),
  run: async (args, terminal) => {
    const { values: given, positionals } = parse(args, { ...transcriptOptions, ...connectionOptions }, 1);
    const [id] = positionals;
    if (id === undefined) throw new UsageError("Which session? heidi transcript <session id>");
    const timeoutMs = duration("--wait", given.wait);
    if (given["no-wait"] === true && timeoutMs !== undefined)
      throw new UsageError("--wait and --no-wait exclude each other.");
    const status = new Status(terminal);
    await withClinician(given, terminal, async (clinician) => {
      try {
        // A wait gives a session that is not there some time to appear; whoever mistyped an id wants to hear of it now.
        await clinician.sessions.get(id, { signal: terminal.interrupted });
        if (given.live === true) return await follow(clinician, id, given, terminal, status, timeoutMs);
        const transcript = await read(clinician, id, given, terminal, status, timeoutMs);
        status.clear();
        await show(transcript, given, terminal, status);
      } finally {
        status.clear();
      }
    });
    return EXIT.done;
  },
};

async function read(
  clinician: HeidiUser,
  id: string,
  given: Given,
  { interrupted: signal }: Terminal,
  status: Status,
  timeoutMs: number | undefined,
): Promise<Transcript> {
  if (given["no-wait"] === true) return clinician.transcription.get(id, { signal });
  status.busy("waiting for the transcript");
  return clinician.transcription.waitForTranscript(id, {
    signal,
    timeoutMs,
    acceptPartial: given["accept-partial"] === true,
  });
}

async function show(transcript: Transcript, given: Given, terminal: Terminal, status: Status): Promise<void> {
  if (given.json === true) return terminal.print(JSON.stringify(transcript, null, 2));
  const { transcript: text = "" } = transcript;
  if (text === "") return status.note("There is no text yet, or nothing was said.");
  await terminal.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** Prints pieces in their order: one that is ready waits for those before it. */
async function follow(
  clinician: HeidiUser,
  id: string,
  given: Given,
  terminal: Terminal,
  status: Status,
  timeoutMs: number | undefined,
): Promise<void> {
  const signal = terminal.interrupted;
  const { transcription } = clinician;
  let shown = 0;
  const showNew = async ({ chunks = [] }: LiveTranscript): Promise<void> => {
    for (const chunk of chunks.slice(shown)) {
      if (chunk.status !== "READY" && chunk.status !== "FAILED") return;
      shown += 1;
      status.clear();
      if (given.json === true) await terminal.write(`${JSON.stringify(chunk)}\n`);
      else if (chunk.status === "FAILED") status.note(`piece ${shown} could not be transcribed`);
      else if (chunk.text) await terminal.write(`${chunk.text.trimEnd()}\n`);
    }
  };
  if (given["no-wait"] === true) return showNew(await transcription.getLive(id, undefined, { signal }));
  for (let newsMs = performance.now(); ; await pause(LIVE_INTERVAL_MS, undefined, { signal })) {
    const before = shown;
    status.busy("listening");
    const options = { signal, timeoutMs, intervalMs: LIVE_INTERVAL_MS, acceptPartial: true };
    let live: LiveTranscript | undefined;
    let text = "";
    for await (const { answer } of transcription.waitForTranscript(id, options)) {
      live = answer?.live ?? live;
      text = answer?.transcript.transcript ?? text;
      if (live !== undefined) await showNew(live);
    }
    status.clear();
    // A deployment, or a recording, without pieces.
    if (!live?.chunks?.length) return show({ transcript: text }, given, terminal, status);
    if (live.active_source === "USER_UPLOADED") return;
    if (shown > before) newsMs = performance.now();
    if (performance.now() - newsMs > LIVE_SILENCE_MS) return;
  }
}
