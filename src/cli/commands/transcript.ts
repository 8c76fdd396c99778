import { setTimeout as pause } from "node:timers/promises";
import type { HeidiUser, LiveTranscript, Transcript, TranscriptPollOptions } from "../../index.ts";
import { connectionFlags, withClinician } from "../client.ts";
import { type Command, EXIT, UsageError } from "../command.ts";
import { type FlagValues, parseDuration, parseFlags } from "../flags.ts";
import { Status, type Terminal } from "../terminal.ts";

const transcriptFlags = {
  "no-wait": { type: "boolean", description: "prints the text that exists now" },
  wait: { type: "string", value: "<duration>", description: "the longest time to wait (default 30m)" },
  live: {
    type: "boolean",
    description:
      "prints each piece of a running consult as soon as it is transcribed;\nends with the consult, or after two minutes without a new piece",
  },
  "accept-partial": {
    type: "boolean",
    description: "accepts the available text when a piece could not be transcribed",
  },
  json: { type: "boolean", description: "prints the API's JSON; with --live, one line of JSON per piece" },
} as const;

const LIVE_INTERVAL_MS = 2_000;
/** Pieces of a live recording are up to a minute long. */
const LIVE_SILENCE_MS = 120_000;

/** The transcript to print, and its surroundings. */
interface Request {
  readonly clinician: HeidiUser;
  readonly id: string;
  readonly flags: FlagValues<typeof transcriptFlags>;
  readonly terminal: Terminal;
  readonly status: Status;
}

/** `heidi transcript`: prints the transcript of a session. */
export const transcriptCommand: Command = {
  help: {
    title: "heidi transcript: waits for the transcript of a session and prints it",
    usage: "heidi transcript <session id> [options]",
    examples: ["heidi transcript 160325637265694781337486253513281345629 > visit.txt"],
    options: { Transcript: transcriptFlags, Connection: connectionFlags },
  },
  run: async (args, terminal) => {
    const { values: flags, positionals } = parseFlags(args, { ...transcriptFlags, ...connectionFlags }, 1);
    const [id] = positionals;
    if (id === undefined) throw new UsageError("Which session? heidi transcript <session id>");
    if (flags["no-wait"] === true && flags.wait !== undefined)
      throw new UsageError("--wait and --no-wait exclude each other.");
    // Checked before anything is sent.
    parseWait(flags);
    const status = new Status(terminal);
    await withClinician(flags, terminal, async (clinician) => {
      const request: Request = { clinician, id, flags, terminal, status };
      try {
        // A poller gives a missing session some time to appear; this call reports a mistyped id at once.
        await clinician.sessions.get(id, { signal: terminal.interrupted });
        await (flags.live === true ? follow(request) : show(await read(request), request));
      } finally {
        status.clear();
      }
    });
    return EXIT.done;
  },
};

const parseWait = (flags: Request["flags"]): Pick<TranscriptPollOptions, "timeoutMs"> => ({
  timeoutMs: parseDuration("--wait", flags.wait),
});

async function read({ clinician, id, flags, terminal, status }: Request): Promise<Transcript> {
  const signal = terminal.interrupted;
  if (flags["no-wait"] === true) return clinician.transcription.get(id, { signal });
  status.busy("waiting for the transcript");
  const acceptPartial = flags["accept-partial"] === true;
  return clinician.transcription.waitForTranscript(id, { ...parseWait(flags), signal, acceptPartial });
}

async function show(transcript: Transcript, { flags, terminal, status }: Request): Promise<void> {
  status.clear();
  if (flags.json === true) return terminal.print(JSON.stringify(transcript, null, 2));
  const { transcript: text = "" } = transcript;
  if (text === "") return status.note("There is no text yet, or the recording has no speech.");
  await terminal.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** Prints pieces in order: a piece that is ready waits for the pieces before it. */
async function follow(request: Request): Promise<void> {
  const { clinician, id, flags, terminal, status } = request;
  const signal = terminal.interrupted;
  const { transcription } = clinician;
  let shown = 0;
  const showNew = async ({ chunks = [] }: LiveTranscript): Promise<void> => {
    for (const chunk of chunks.slice(shown)) {
      if (chunk.status !== "READY" && chunk.status !== "FAILED") return;
      shown += 1;
      status.clear();
      if (flags.json === true) await terminal.write(`${JSON.stringify(chunk)}\n`);
      else if (chunk.status === "FAILED") status.note(`piece ${shown} could not be transcribed`);
      else if (chunk.text) await terminal.write(`${chunk.text.trimEnd()}\n`);
    }
  };
  if (flags["no-wait"] === true) return showNew(await transcription.getLive(id, undefined, { signal }));
  for (let newsMs = performance.now(); ; await pause(LIVE_INTERVAL_MS, undefined, { signal })) {
    const before = shown;
    status.busy("listening");
    const options = { ...parseWait(flags), signal, intervalMs: LIVE_INTERVAL_MS, acceptPartial: true };
    let live: LiveTranscript | undefined;
    let text = "";
    for await (const { answer } of transcription.waitForTranscript(id, options)) {
      live = answer?.live ?? live;
      text = answer?.transcript.transcript ?? text;
      if (live !== undefined) await showNew(live);
    }
    status.clear();
    // The deployment or the recording has no pieces.
    if (!live?.chunks?.length) return show({ transcript: text }, request);
    if (live.active_source !== "LIVE") return;
    if (shown > before) newsMs = performance.now();
    if (performance.now() - newsMs > LIVE_SILENCE_MS) return;
  }
}
