import { createHash, randomUUID } from "node:crypto";
import { type ClientOptions, type ConsultNoteGenerate, Heidi, type HeidiUser } from "heidi-health-sdk";
import type { Dialect, Received, Service, ServiceOptions } from "./service.ts";

/** Each dialect with each framing of streams, which are independent of each other. */
export const services: readonly Required<Pick<ServiceOptions, "dialect" | "framing" | "contextList">>[] = [
  { dialect: "spec", framing: "ndjson", contextList: "array" },
  { dialect: "spec", framing: "sse", contextList: "array" },
  { dialect: "documented", framing: "sse", contextList: "array" },
  { dialect: "documented", framing: "ndjson", contextList: "envelope" },
];

export const dialects: readonly { readonly dialect: Dialect }[] = [
  { dialect: "spec" },
  { dialect: "documented" },
];

/** Templates of the service. */
export const NOTE_TEMPLATE = "665f1d2c3b4a59687766554a";
export const LETTER_TEMPLATE = "665f1d2c3b4a59687766554b";

export const AUDIO: Uint8Array<ArrayBuffer> = Uint8Array.from({ length: 70_000 }, (_, at) => at % 251);
export const DOCUMENT: Uint8Array<ArrayBuffer> = new TextEncoder().encode("%PDF-1.4 a letter");
export const NOTE: ConsultNoteGenerate & { readonly template_id: string } = {
  generation_method: "TEMPLATE",
  template_id: NOTE_TEMPLATE,
  addition: "Seen with her daughter.",
  voice_style: "GOLDILOCKS",
  brain: "LEFT",
};

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

type Options = ClientOptions & { readonly dialect?: Dialect | "auto" };

/** One clinician of a service. Nobody else is that clinician, so tests of one service do not meet. */
export class Clinic {
  readonly email: string = `dr-${randomUUID()}@clinic.example`;
  readonly heidi: Heidi;
  readonly clinician: HeidiUser;
  readonly #service: Service;

  constructor(service: Service, options: Options = {}) {
    this.#service = service;
    this.heidi = new Heidi({ baseUrl: service.url, apiKey: service.apiKey, ...options });
    this.clinician = this.heidi.forUser({ email: this.email, thirdPartyInternalId: "ehr-42" });
  }

  /** Another client for the same clinician, as another process has it. */
  again(options: Options): Clinic {
    const other = new Clinic(this.#service, options);
    return Object.assign(Object.create(Clinic.prototype) as Clinic, other, {
      email: this.email,
      clinician: other.heidi.forUser({ email: this.email, thirdPartyInternalId: "ehr-42" }),
    });
  }

  /** What the service received from this clinician, the exchange of tokens left out. */
  async received(): Promise<Received[]> {
    return (await this.#service.received(this.email)).filter(({ path }) => path !== "/jwt");
  }

  /** The only request for that method and path template. */
  async only(method: string, path: string): Promise<Received> {
    const found = await this.all(method, path);
    const [one] = found;
    if (one === undefined || found.length > 1)
      throw new Error(`The service received ${found.length} requests ${method} ${path}.`);
    return one;
  }

  async all(method: string, path: string): Promise<Received[]> {
    return (await this.received()).filter((one) => one.method === method && one.path === path);
  }

  /** A session without anything in it. */
  async session(): Promise<string> {
    const { session_id = "" } = await this.clinician.sessions.create({ ehr_appointment_id: "apt-1" });
    return session_id;
  }

  /** A session in which something was said. */
  async recorded(): Promise<string> {
    const session_id = await this.session();
    await this.clinician.transcription.uploadAudio(session_id, {
      file: { data: AUDIO, filename: "visit.mp3", contentType: "audio/mpeg" },
    });
    return session_id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.heidi.close();
  }
}
