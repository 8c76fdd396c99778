/// <reference path="./electron.d.ts" />
/**
 * What the examples of the documentation may take for granted: names that say what they are and would only hide the
 * point if every example made them again. Everything else, an example has to import or declare.
 */
import type {
  AskHeidiRequest,
  ConsultJournal,
  ConsultNoteGenerate,
  FileInput,
  Heidi,
  HeidiUser,
  PatientProfile,
  PatientProfileCreate,
  TokenStore,
} from "heidi-health-sdk";
import type { Sandbox } from "heidi-health-sdk/sandbox";

export { strict as assert } from "node:assert";
export { spawn } from "node:child_process";
export { subscribe } from "node:diagnostics_channel";
export { readFile } from "node:fs/promises";
export { describe, expect } from "vitest";

// The clients.
export declare const heidi: Heidi;
export declare const clinician: HeidiUser;
export declare const sandbox: Sandbox;
export declare const apiKey: string;
export declare const baseUrl: string;
export declare const tokenStore: TokenStore;
export declare const journal: ConsultJournal;
export declare const signal: AbortSignal;

// Ids, as earlier calls returned them.
export declare const id: string;
export declare const session_id: string;
export declare const document_id: string;
export declare const template_id: string;
export declare const ehr_appointment_id: string;

// Bodies and files.
export declare const body: ConsultNoteGenerate & AskHeidiRequest & PatientProfileCreate;
export declare const patient: PatientProfileCreate & { readonly ehr_patient_id: string };
export declare const file: FileInput;
export declare const audio: FileInput;
export declare const stream: ReadableStream<Uint8Array>;
export declare const microphone: AsyncIterable<Uint8Array>;
export declare const chunk: Uint8Array;
export declare const sizeBytes: number;
export declare const revision: number;

// The user's own program.
export declare const spinner: { text(line: string): void };
export declare const metrics: { record(operation: string, status: number, durationMs: number): void };
export declare const key: string;
export declare const visit: { readonly appointment: string };
export declare function writeVisitNote(heidi: Heidi, of: typeof visit): Promise<void>;
export declare function index(profile: PatientProfile): void;
export declare function report(value: unknown): void;
export declare function record(value: unknown): void;
export declare function getToken(): Promise<{ token: string; expiration_time: string }>;
export declare const call: { readonly remoteStream: MediaStream; onend: () => unknown };
export declare const meter: { value: number };
export declare const stopButton: { onclick: () => unknown };
export declare const pauseButton: { onclick: () => unknown };
export declare const resumeButton: { onclick: () => unknown };
export declare function show(text: string): void;
export declare function redirect(url: string): Promise<void>;
/** A file of the device, the addresses of an app, and the session of its user. */
export declare const uri: string;
export declare const appUrl: string;
export declare const tokenUrl: string;
export declare function userSession(): Promise<string>;
/** The user's own authentication. */
export declare function signedInUser(
  request: Request,
): Promise<{ readonly email: string; readonly id: string } | undefined>;
/** The same where a framework has the request, as a server action of Next.js does. */
export declare function currentUser(): Promise<{ readonly email: string; readonly id: string } | undefined>;

/** What the examples use of node-redis' client. */
export declare const redis: {
  get(key: string): Promise<string | null>;
  set(
    key: string,
    value: string,
    options?: { readonly NX?: true; readonly PX?: number },
  ): Promise<string | null>;
  eval(
    script: string,
    options: { readonly keys: readonly string[]; readonly arguments: readonly string[] },
  ): Promise<unknown>;
};
