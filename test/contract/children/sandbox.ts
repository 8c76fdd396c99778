import { createSandbox } from "../../../src/sandbox/index.ts";

// Nothing here is about time: work is done at once, streams do not pause.
const sandbox = await createSandbox({
  timings: { parsingMs: 0, transcriptionMs: 0, codingMs: 0 },
  streamDelayMs: 0,
});
process.stdout.write(`listening on ${sandbox.baseUrl}\n`);
