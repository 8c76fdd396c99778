import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { type ConsultJob, type ConsultOutcome, QUEUE, redisUrl } from "./settings.ts";

/** Puts consults in the queue, and answers to their reviews. No consult is in it twice, and no answer. */
export async function enqueue(
  queue: Queue<ConsultJob, ConsultOutcome>,
  jobs: readonly ConsultJob[],
): Promise<void> {
  await queue.addBulk(
    jobs.map((data) => ({
      name: "consult",
      data,
      opts: {
        jobId: idOf(data),
        attempts: 100,
        backoff: { type: "exponential", delay: 250, jitter: 0.5 },
      },
    })),
  );
}

/** The id of a consult's job, or of the job that brings an answer to its review. */
export const idOf = ({ appointment, resolve }: ConsultJob): string =>
  resolve === undefined ? appointment : `${appointment}-review-${resolve.revision}`;

if (process.argv[1]?.endsWith("enqueue.ts")) {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue<ConsultJob, ConsultOutcome>(QUEUE, { connection });
  const [clinician = "ehr-42", ...appointments] = process.argv.slice(2);
  await enqueue(
    queue,
    appointments.map((appointment) => ({ appointment, clinician })),
  );
  await queue.close();
  await connection.quit();
}
