import { fileURLToPath } from "node:url";
import type { ConsultResolution } from "heidi-health-sdk";

const { REDIS_URL, RECORDING, LETTER_TEMPLATE, SETTLE_MS, LOCK_MS } = process.env;

export const QUEUE = "consults";
export const redisUrl: string = REDIS_URL ?? "redis://127.0.0.1:6379";

/** Where this example's EHR has its one recording. */
export const recording: string =
  RECORDING ?? fileURLToPath(new URL("../audio/gp-consult.ogg", import.meta.url));

/** The template of a letter to write after the note; undefined for no letter. */
export const letterTemplate: string | undefined = LETTER_TEMPLATE;

/** How long an interrupted request may take to show what it made; undefined for the SDK's default. */
export const reconcileTimeoutMs: number | undefined = SETTLE_MS === undefined ? undefined : Number(SETTLE_MS);

/** How long a worker can be silent before another one takes over its consults. */
export const lockMs: number = Number(LOCK_MS ?? 30_000);

/** What the queue holds of a consult: references that the EHR resolves, and nothing of the patient. */
export interface ConsultJob {
  readonly appointment: string;
  readonly clinician: string;
  /** What a person answered to a review. */
  readonly resolve?: ConsultResolution;
}

/** What the queue holds of its end. */
export interface ConsultOutcome {
  readonly status: "done" | "needs-review";
  readonly session_id?: string;
  /** The step that needs a review, and which review this is: both belong into `resolve`. */
  readonly step?: string;
  readonly revision?: number;
}
