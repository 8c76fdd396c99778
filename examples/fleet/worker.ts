import { Worker } from "bullmq";
import { Heidi } from "heidi-health-sdk";
import { Redis } from "ioredis";
import { consultOf, file, identityOf } from "./ehr.ts";
import { redisJournal } from "./journal.ts";
import {
  type ConsultJob,
  type ConsultOutcome,
  lockMs,
  QUEUE,
  reconcileTimeoutMs,
  redisUrl,
} from "./settings.ts";
import { createTokenLock, createTokenStore } from "./tokens.ts";

// One worker process. Start as many as you like, and kill any of them at any time.

const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
const heidi = new Heidi({ tokenStore: createTokenStore(redisUrl), tokenLock: createTokenLock(redis) });

const worker = new Worker<ConsultJob, ConsultOutcome>(
  QUEUE,
  async ({ data }) => {
    const clinician = heidi.forUser(identityOf(data));
    const journal = redisJournal(redis, data.appointment);
    const { resolve } = data;
    const end = await clinician
      .consult(consultOf(data), { journal, reconcileTimeoutMs: reconcileTimeoutMs, resolve })
      .result();
    // Waits in the queue's list of completed jobs for a person, whose answer is the `resolve` of a new job.
    if (end.status === "needs-review")
      return { status: end.status, step: end.step, revision: end.journal.revision };
    await file(data, end.result);
    return { status: "done", session_id: end.result.session_id };
  },
  {
    connection: redis,
    concurrency: 4,
    lockDuration: lockMs,
    stalledInterval: lockMs / 2,
    // A consult whose workers die again and again is still the same consult.
    maxStalledCount: 1_000,
  },
);

worker.on("error", (error) => console.error(error.message));
process.once("SIGTERM", async () => {
  await worker.close();
  await heidi.close();
  process.exit();
});
await worker.waitUntilReady();
console.log("ready");
