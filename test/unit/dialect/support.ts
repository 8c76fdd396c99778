import { Heidi, type HeidiDialect, type HeidiUser, type LogLevel } from "heidi-health-sdk";

export const ELSEWHERE = "https://api.example/api/v2/ml-scribe/open-api";
export const HEIDI = "https://au.api.heidihealth.com/api/v2/ml-scribe/open-api";

/** A request as the service received it; of a form its parts by name. */
export interface Sent {
  readonly path: string;
  readonly query: string;
  readonly body: unknown;
}

/** One item of FastAPI's `detail`. */
export interface Fault {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

export function fault(
  name: string | readonly (string | number)[],
  type = "missing",
  msg = "Field required",
): Fault {
  return { loc: ["body", ...(typeof name === "string" ? [name] : name)], msg, type };
}

/** A 422 with that `detail`. */
export const refusal = (detail: unknown): Response => Response.json({ detail }, { status: 422 });

export const missing = (...names: string[]): Response =>
  refusal(names.map((name) => fault(name, "value_error.missing", "field required")));

/** A clinician whose requests are noted and answered by `answer`. */
export function clinicianOn(
  answer: (body: Record<string, unknown>, sent: Sent) => Response | Promise<Response>,
  options: { baseUrl?: string; dialect?: HeidiDialect; log?: unknown[]; logLevel?: LogLevel } = {},
): { sent: Sent[]; user: HeidiUser } {
  const sent: Sent[] = [];
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname, search } = new URL(url);
    const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : await formOf(init);
    const one = { path: pathname, query: search, body };
    sent.push(one);
    return answer((body ?? {}) as Record<string, unknown>, one);
  };
  const { baseUrl = ELSEWHERE, dialect, log = [], logLevel = "info" } = options;
  const write = (...line: unknown[]) => void log.push(line);
  const logger = { debug: write, info: write, warn: write, error: write };
  const user = Heidi.withToken("token", { baseUrl, dialect, fetch, logger, logLevel });
  return { sent, user };
}

/** A form's parts by name: texts as they are, files as they were named. */
async function formOf({ body, headers }: RequestInit): Promise<unknown> {
  if (body === null || body === undefined) return body;
  const form = await new Response(body, { headers: new Headers(headers) }).formData();
  return Object.fromEntries(form);
}

/** A service that takes lists of sessions only, or single ones only. */
export const takes =
  (field: "session_id" | "session_ids") =>
  (body: Record<string, unknown>): Response =>
    field in body ? Response.json({ data: [] }) : missing(field);

export const link = (user: HeidiUser, id = "7"): ReturnType<HeidiUser["patientProfiles"]["linkSession"]> =>
  user.patientProfiles.linkSession("p", { session_id: id });
