import { createSandbox } from "../../../src/sandbox/index.ts";

// No test waits: work is done at once and streams do not pause. Only parsing does not end, to show its first status too.
const sandbox = await createSandbox({
  timings: { parsingMs: 60_000, transcriptionMs: 0, codingMs: 0 },
  streamDelayMs: 0,
});
process.stdout.write(`listening on ${sandbox.baseUrl}\n`);
