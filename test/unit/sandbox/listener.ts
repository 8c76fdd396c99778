import { readFile } from "node:fs/promises";
import { createSandbox, type Sandbox, type SandboxOptions } from "../../../src/sandbox/index.ts";

/** The two ways into a sandbox; every case of behaviour holds for both. */
export const doors: readonly ("http" | "in-process")[] = ["http", "in-process"];

/** What a case needs of a sandbox, through one of its doors. */
export interface Client {
  readonly sandbox: Sandbox;
  /** Sends as the default user; `as` sends as another, `undefined` without a token. */
  send(method: string, path: string, init?: Send): Promise<Response>;
  /** Sends, expects success and reads the JSON. */
  json(method: string, path: string, init?: Send): Promise<Json>;
  token(email?: string): Promise<string>;
  session(): Promise<string>;
  sessionWithAudio(): Promise<string>;
}

export interface Send {
  readonly body?: unknown;
  readonly form?: FormData;
  readonly headers?: Record<string, string>;
  readonly as?: string | undefined;
  readonly signal?: AbortSignal;
}

/** The fields that the cases look at, of whatever operation. */
export interface Json
  extends Readonly<Record<TextField, string>>,
    Readonly<Record<"data" | "chunks" | "documents" | "entities" | "references", readonly Json[]>>,
    Readonly<Record<"primary_code" | "consult_note" | "patient" | "audio" | "Plan" | "account", Json>>,
    Readonly<Record<"start" | "end" | "total_count", number>> {
  readonly Medications: readonly string[];
}

type TextField =
  | "id"
  | "_id"
  | "session_id"
  | "consult_note_id"
  | "recording_id"
  | "token"
  | "expiration_time"
  | "transcript"
  | "status"
  | "source"
  | "text"
  | "content"
  | "result"
  | "code"
  | "template_category";

/** A clock that moves only when it is told to; waiting moves it too. */
export function manualClock(): {
  now(): number;
  sleep(ms: number): Promise<void>;
  advance(ms: number): void;
} {
  let nowMs = Date.parse("2026-03-02T09:00:00Z");
  return {
    now: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
    },
    advance: (ms) => {
      nowMs += ms;
    },
  };
}

export const sampleRecording = async (): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(new URL("../../../examples/audio/gp-consult.ogg", import.meta.url)));

export function audioForm(data: BlobPart, type = "audio/ogg", name = "visit.ogg"): FormData {
  const form = new FormData();
  form.append("file", new Blob([data], { type }), name);
  return form;
}

export function segmentForm(index: string): FormData {
  const form = audioForm("segment");
  form.append("index", index);
  return form;
}

export async function openClient(door: "http" | "in-process", options: SandboxOptions = {}): Promise<Client> {
  const sandbox = await createSandbox({ streamDelayMs: 0, ...options });
  const go = door === "http" ? fetch : sandbox.fetch;
  const tokens = new Map<string, string>();
  const token = async (email = "dr@clinic.example"): Promise<string> => {
    const query = new URLSearchParams({ email, third_party_internal_id: "ehr-1" });
    const response = await go(`${sandbox.baseUrl}/jwt?${query}`, {
      headers: { "Heidi-Api-Key": sandbox.apiKey },
    });
    const issued = (await response.json()) as { token: string };
    tokens.set(email, issued.token);
    return issued.token;
  };
  const send: Client["send"] = async (method, path, init = {}) => {
    const headers: Record<string, string> = { ...init.headers };
    const as = "as" in init ? init.as : "dr@clinic.example";
    if (as !== undefined) headers["authorization"] = `Bearer ${tokens.get(as) ?? (await token(as))}`;
    if (init.body !== undefined) headers["content-type"] ??= "application/json";
    const body = init.form ?? (typeof init.body === "string" ? init.body : JSON.stringify(init.body));
    return go(`${sandbox.baseUrl}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(init.signal === undefined ? {} : { signal: init.signal }),
    });
  };
  const json: Client["json"] = async (method, path, init) => {
    const response = await send(method, path, init);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Json;
  };
  const session = async (): Promise<string> => (await json("POST", "/sessions", { body: {} }))["session_id"];
  const sessionWithAudio = async (): Promise<string> => {
    const id = await session();
    await send("POST", `/sessions/${id}/upload-audio`, { form: audioForm(await sampleRecording()) });
    return id;
  };
  return { sandbox, send, json, token, session, sessionWithAudio };
}

/** The words of an NDJSON answer. */
export async function pieces(response: Response): Promise<string[]> {
  const lines = (await response.text()).split("\n").filter((line) => line !== "");
  return lines.map((line) => (JSON.parse(line) as { data: string }).data);
}
