import { setImmediate as aTurn } from "node:timers/promises";
import {
  type ConsultEnd,
  type ConsultEvent,
  type ConsultInput,
  type ConsultJournal,
  type ConsultOptions,
  type ConsultState,
  type ConsultStep,
  Heidi,
  type HeidiUser,
} from "heidi-health-sdk";
import {
  createSandbox,
  createVirtualClock,
  type Sandbox,
  type SandboxOptions,
  type SessionRecord,
} from "heidi-health-sdk/sandbox";
import { vi } from "vitest";

export const IDENTITY = { email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" };
/** Of the sandbox's templates. */
const LETTER = "DOCUMENT_TEMPLATE";

/** What happens to a request. */
export type Trouble =
  /** It never leaves. */
  | "not-sent"
  /** It is refused. */
  | "rejected"
  /** The connection breaks before anything was done. */
  | "lost-request"
  /** The connection breaks when it was done. */
  | "lost-answer"
  /** It was done, and the answer is a server error. */
  | "done-but-500"
  /** The process dies before it is sent. */
  | "killed-before"
  /** The process dies when it was done. */
  | "killed-after";

export const troubles: readonly Trouble[] = [
  "not-sent",
  "rejected",
  "lost-request",
  "lost-answer",
  "done-but-500",
  "killed-before",
  "killed-after",
];

/** What goes wrong in one run: at the request or at the save of that number, counted from 0. */
export type Plan =
  | { readonly request: number; readonly trouble: Trouble }
  | { readonly save: number; readonly safe: boolean }
  | Record<string, never>;

/** The end of a simulated process. */
export class Death extends Error {}

const asLost = (code: string, syscall: string): TypeError =>
  new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code, syscall }) });

let inFlight = 0;
/** Small steps: what a runtime does in its threads, such as signing, is not to be taken for a time limit's worth. */
const TURNS = 10;
const STEP_MS = 250;

/** Counts its requests as under way. */
const counted =
  (fetch: typeof globalThis.fetch): typeof globalThis.fetch =>
  async (input, init) => {
    inFlight += 1;
    try {
      return await fetch(input, init);
    } finally {
      inFlight -= 1;
    }
  };

/** The SDK's pauses take no time: its clock runs while nothing is under way. */
export async function hurrying<T>(work: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  let settled = false;
  const done = work().finally(() => {
    settled = true;
  });
  done.catch(() => undefined);
  try {
    for (let idle = 0; !settled; idle = inFlight > 0 ? 0 : idle + 1) {
      await aTurn();
      if (idle % TURNS === TURNS - 1) await vi.advanceTimersByTimeAsync(STEP_MS);
    }
    return await done;
  } finally {
    vi.useRealTimers();
  }
}

/** A sandbox, the journal of one consult, and processes that run it and die. */
export class Clinic {
  readonly sandbox: Sandbox;
  readonly letterTemplate: string;
  /** As it is stored: text. */
  saved: string | undefined;
  /** Every state that was ever stored. */
  readonly history: string[] = [];
  /** How many requests and saves the last run made. */
  requests = 0;
  saves = 0;

  private constructor(sandbox: Sandbox, letterTemplate: string) {
    this.sandbox = sandbox;
    this.letterTemplate = letterTemplate;
  }

  static async open(options: SandboxOptions = {}): Promise<Clinic> {
    const sandbox = await createSandbox({
      clock: createVirtualClock(),
      timings: { parsingMs: 0, codingMs: 0 },
      streamDelayMs: 0,
      ...options,
    });
    const heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl, fetch: sandbox.fetch });
    const { data = [] } = await heidi.forUser(IDENTITY).templates.list();
    await heidi.close();
    const letter = data.find(({ template_category }) => template_category === LETTER);
    return new Clinic(sandbox, letter?.id ?? "");
  }

  input(more: Partial<ConsultInput> = {}): ConsultInput {
    return {
      patient: { ehr_patient_id: "canary-patient", first_name: "canary-name" },
      session: { ehr_appointment_id: "canary-appointment", language_code: "en" },
      context: [{ file: new File(["canary-letter"], "canary-file.pdf", { type: "application/pdf" }) }],
      audio: new Blob(["canary-audio"], { type: "audio/ogg" }),
      document: { template_id: this.letterTemplate },
      coding_system: "SNOMED-CT",
      ...more,
    };
  }

  user(
    fetch: typeof globalThis.fetch = counted(this.sandbox.fetch),
    identity: typeof IDENTITY = IDENTITY,
  ): HeidiUser {
    const { apiKey, baseUrl } = this.sandbox;
    return new Heidi({ apiKey, baseUrl, fetch }).forUser(identity);
  }

  /** One process that runs the consult as far as it comes. */
  async run(
    plan: Plan = {},
    options: ConsultOptions = {},
    more: Partial<ConsultInput> = {},
  ): Promise<ConsultEnd> {
    const process = new Process(this.sandbox, plan);
    const journal: ConsultJournal = {
      load: () => JSON.parse(this.saved ?? "null"),
      save: (state) => process.save(() => this.#store(state)),
    };
    try {
      const user = this.user(process.fetch);
      const settings = { reconcileTimeoutMs: 2_000, ...options };
      return await user.consult(this.input(more), { journal, ...settings }).result();
    } finally {
      this.requests = process.requests;
      this.saves = process.saves;
    }
  }

  #store(state: ConsultState): void {
    this.saved = JSON.stringify(state);
    this.history.push(this.saved);
  }

  /** Processes that go on until it is over; a person who looks in the sandbox answers reviews. */
  async finish(): Promise<{ end: ConsultEnd; reviews: ConsultStep[] }> {
    const reviews: ConsultStep[] = [];
    let resolve: ConsultOptions["resolve"];
    for (let runs = 0; runs < 20; runs += 1) {
      const end = await this.run({}, { resolve });
      if (end.status === "done") return { end, reviews };
      reviews.push(end.step);
      resolve = { step: end.step, ...this.truth(end.step) };
    }
    throw new Error("the consult does not come to an end");
  }

  get session(): SessionRecord | undefined {
    return this.sandbox.state().users[0]?.sessions[0];
  }

  /** What a person finds out about a step. */
  truth(step: ConsultStep): { done: boolean; id?: string } {
    const { session } = this;
    const ids: Partial<Record<ConsultStep, string | undefined>> = {
      patient: this.sandbox.state().users[0]?.profiles[0]?.id,
      session: session?.session_id,
      "context-0": session?.context_documents[0]?.id,
      audio: session?.audio[0]?.id,
      note: session?.consult_note && "note",
      document: session?.documents[0]?.id,
    };
    const id = ids[step];
    return id === undefined ? { done: false } : { done: true, id };
  }

  /** How often each thing was made. */
  counts(): Record<string, number> {
    const [user] = this.sandbox.state().users;
    const sessions = user?.sessions ?? [];
    const sum = (name: "context_documents" | "audio" | "documents"): number =>
      sessions.reduce((total, session) => total + session[name].length, 0);
    return {
      profiles: user?.profiles.length ?? 0,
      sessions: sessions.length,
      contexts: sum("context_documents"),
      audio: sum("audio"),
      documents: sum("documents"),
    };
  }
}

export const ONE_OF_EACH = { profiles: 1, sessions: 1, contexts: 1, audio: 1, documents: 1 };

/** Requests and saves that fail as planned, and none of which gets through after the death. */
class Process {
  requests = 0;
  saves = 0;
  #dead = false;
  readonly #sandbox: Sandbox;
  readonly #plan: Plan;

  constructor(sandbox: Sandbox, plan: Plan) {
    this.#sandbox = sandbox;
    this.#plan = plan;
  }

  save(store: () => void): void {
    if (this.#dead) throw new Death();
    const { save, safe } = { save: undefined, safe: undefined, ...this.#plan };
    const now = this.saves++ === save;
    if (!now || safe) store();
    if (now) this.#die();
  }

  readonly fetch: typeof fetch = counted((input, init) => this.#answer(input, init));

  readonly #answer: typeof fetch = async (input, init) => {
    if (this.#dead) throw new Death();
    const { request, trouble } = { request: undefined, trouble: undefined, ...this.#plan };
    if (this.requests++ !== request) return this.#sandbox.fetch(input, init);
    switch (trouble) {
      case "not-sent":
        throw asLost("ECONNREFUSED", "connect");
      case "rejected":
        return Response.json({ detail: { msg: "No", type: "BadRequestError" } }, { status: 400 });
      case "lost-request":
        throw asLost("ECONNRESET", "read");
      case "killed-before":
        return this.#die();
      default:
    }
    await (await this.#sandbox.fetch(input, init)).arrayBuffer();
    if (trouble === "lost-answer") throw asLost("ECONNRESET", "read");
    if (trouble === "killed-after") return this.#die();
    return Response.json({ detail: "broken" }, { status: 500 });
  };

  #die(): never {
    this.#dead = true;
    throw new Death();
  }
}

/** The events of a consult, in order, without what is the same in all. */
export async function collect(events: AsyncIterable<ConsultEvent>): Promise<ConsultEvent[]> {
  const all: ConsultEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}
