import { Queue } from "bullmq";
import { Heidi } from "heidi-health-sdk";
import type { SessionRecord, UserRecord } from "heidi-health-sdk/sandbox";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { enqueue, idOf } from "../../examples/fleet/enqueue.ts";
import { type ConsultJob, type ConsultOutcome, QUEUE } from "../../examples/fleet/settings.ts";
import { hasRedis, RedisServer } from "../redis/redis-server.ts";
import { SandboxProcess, Workers } from "./processes.ts";

const FULL = process.env["FLEET"] === "full";
const CONSULTS = FULL ? 500 : 40;
const WORKERS = FULL ? 4 : 3;
const ROUNDS = Number(process.env["FLEET_ROUNDS"] ?? 1);
const KILL_EVERY_MS = FULL ? 2_500 : 1_500;
const MOST_KILLS = FULL ? Number.POSITIVE_INFINITY : 6;
const CLINICIANS = 8;
const TIME_LIMIT_MS = FULL ? 900_000 : 300_000;

/** What must not be in Redis: names, ids of the EHR, file names, what was said and written, keys, identities. */
const PATIENT_CANARIES = ["Wilhelmina", "Quackenbush", "mrn-", "referral", "Karen", "headache", "Subjective"];

let redisServer: RedisServer;
let redis: Redis;
let queue: Queue<ConsultJob, ConsultOutcome>;
let cleanups: (() => Promise<unknown> | unknown)[];

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** All that Redis holds, as bytes. */
async function dump(): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const key of await redis.keys("*")) {
    parts.push(Buffer.from(key), (await redis.dumpBuffer(key)) ?? Buffer.alloc(0));
  }
  return Buffer.concat(parts);
}

async function letterTemplate(baseUrl: string, apiKey: string): Promise<string> {
  const heidi = new Heidi({ baseUrl, apiKey, maxRetries: 5 });
  const identity = { email: "setup@clinic.example", thirdPartyInternalId: "setup" };
  const { data = [] } = await heidi.forUser(identity).templates.list();
  await heidi.close();
  return data.find(({ template_category }) => template_category === "DOCUMENT_TEMPLATE")?.id ?? "";
}

async function outcomeOf(job: ConsultJob): Promise<ConsultOutcome> {
  const ended = await queue.getJob(idOf(job));
  if (ended?.returnvalue) return ended.returnvalue;
  throw new Error("a job is over and has no outcome");
}

/** What a person who looks in Heidi answers to a review of the recording. */
function answer(
  { appointment, clinician }: ConsultJob,
  { revision = 0 }: ConsultOutcome,
  session: SessionRecord | undefined,
): ConsultJob {
  const done = (session?.audio.length ?? 0) > 0;
  return { appointment, clinician, resolve: { step: "audio", revision, done } };
}

/** The sessions of each appointment. */
function byAppointment(users: readonly UserRecord[]): Map<string, SessionRecord[]> {
  const found = new Map<string, SessionRecord[]>();
  for (const session of users.flatMap(({ sessions }) => sessions)) {
    const appointment = String(session.fields["ehr_appointment_id"]);
    found.set(appointment, [...(found.get(appointment) ?? []), session]);
  }
  return found;
}

describe.skipIf(!hasRedis)("a fleet of workers (needs redis-server)", () => {
  beforeEach(async () => {
    cleanups = [];
    redisServer = await RedisServer.onFreePort();
    await redisServer.start();
    cleanups.push(() => redisServer.kill());
    redis = new Redis(redisServer.url, { maxRetriesPerRequest: null });
    // Compressed values would hide what is looked for.
    await redis.config("SET", "rdbcompression", "no");
    queue = new Queue(QUEUE, { connection: redis });
    cleanups.push(
      () => redis.quit(),
      () => queue.close(),
    );
  });

  afterEach(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  it.each(Array.from({ length: ROUNDS }, (_, round) => round + 1))(
    "completes every consult, some after a review, and makes nothing twice, while workers are killed [A33][C1][C3]: round %i",
    async (round) => {
      const { sandbox, baseUrl, apiKey } = await SandboxProcess.start(round);
      cleanups.push(() => sandbox.kill());
      const jobs = Array.from({ length: CONSULTS }, (_, number) => ({
        appointment: `apt-${number}`,
        clinician: `ehr-${number % CLINICIANS}`,
      }));
      const workers = new Workers(WORKERS, {
        REDIS_URL: redisServer.url,
        HEIDI_BASE_URL: baseUrl,
        HEIDI_API_KEY: apiKey,
        LETTER_TEMPLATE: await letterTemplate(baseUrl, apiKey),
        SETTLE_MS: "400",
        LOCK_MS: "2000",
      });
      cleanups.push(() => workers.killAll());
      // A JWT begins like this; three letters of it would be found in the base64 of sealed values now and then.
      const jwt = Buffer.from('{"alg":"HS256"').toString("base64url").slice(0, 16);
      const canaries = [...PATIENT_CANARIES, apiKey, "@clinic.example", jwt];
      const startedMs = performance.now();
      /** Has jobs run to their ends, while workers die; the reviews that they ended with. */
      async function runAll(some: readonly ConsultJob[]): Promise<[ConsultJob, ConsultOutcome][]> {
        await enqueue(queue, some);
        for (let open = some.length; open > 0; ) {
          await wait(KILL_EVERY_MS * (0.5 + Math.random()));
          const seen = await dump();
          expect(canaries.filter((canary) => seen.includes(canary))).toEqual([]);
          const { completed, failed, ...others } = await queue.getJobCounts();
          expect(failed).toBe(0);
          open = Object.values(others).reduce((sum, count) => sum + count, 0);
          expect(performance.now() - startedMs).toBeLessThan(TIME_LIMIT_MS - 15_000);
          if (open > 0 && workers.kills < MOST_KILLS)
            await workers.killOne(Math.floor(Math.random() * WORKERS));
        }
        const ends = await Promise.all(some.map(async (job) => [job, await outcomeOf(job)] as const));
        return ends.filter(([, { status }]) => status !== "done").map(([job, end]) => [job, end]);
      }
      const reviews = await runAll(jobs);
      const first = reviews.map(([, { step }]) => step);
      // What cannot be looked up is whether a recording arrived.
      expect(first.filter((step) => step !== "audio")).toEqual([]);
      expect(first.length).toBeLessThan(CONSULTS / 4);

      for (let open = reviews; open.length > 0; ) {
        const found = byAppointment((await sandbox.state()).state.users);
        open = await runAll(open.map(([job, end]) => answer(job, end, found.get(job.appointment)?.[0])));
      }
      await workers.killAll();

      const { state, exchanges, failures } = await sandbox.state();
      const sessions = byAppointment(state.users);
      for (const { appointment } of jobs) {
        const made = sessions.get(appointment) ?? [];
        expect(made.length).toBe(1);
        for (const { context_documents, audio, documents, consult_note } of made) {
          expect([context_documents, audio, documents].map(({ length }) => length)).toEqual([1, 1, 1]);
          expect(consult_note?.result).toBeTruthy();
        }
      }
      const profiles = state.users.flatMap((user) =>
        user.profiles.map((profile) => profile["ehr_patient_id"]),
      );
      expect(new Set(profiles).size).toBe(profiles.length);
      // One for each clinician and the setup, and one more for each that was lost with its asker or its answer.
      expect(exchanges).toBeLessThanOrEqual(2 * CLINICIANS + workers.kills);
      const tookS = Math.round((performance.now() - startedMs) / 1000);
      console.log(
        `fleet: ${CONSULTS} consults in ${tookS} s, ${reviews.length} reviewed, ${workers.kills} workers killed, ${failures} requests in trouble, ${exchanges} exchanges`,
      );
    },
    TIME_LIMIT_MS,
  );
});
