import type { ClinicalCodesResponse, Document } from "../../../generated/types.ts";
import type { UploadProgress } from "../../http/options.ts";
import type { ConsultState, ConsultStep } from "./state.ts";

/** What a consult brought. Patient data: never log it. */
export interface ConsultResult {
  /** The session at Heidi. */
  readonly session_id: string;
  /** Undefined for a consult without a patient. */
  readonly patient_profile_id: string | undefined;
  /** Heidi's ids of the context documents, in the order of the input. */
  readonly context_document_ids: readonly string[];
  /** What was said. Patient data: never log it. */
  readonly transcript: string;
  /** The whole note. Patient data: never log it. */
  readonly note: string;
  /** Undefined where none was asked for, as are codes and answer. */
  readonly document: Document | undefined;
  /** Undefined where no `coding_system` was given. */
  readonly codes: ClinicalCodesResponse | undefined;
  /** Undefined where nothing was asked. */
  readonly answer: string | undefined;
}

/** What happened in a consult. */
export type ConsultEventBody =
  /** The next thing that happens is that this is sent. Store `journal` before you go on, if you keep it yourself. */
  | { readonly type: "step-begun"; readonly step: ConsultStep }
  /** An interrupted step was looked up. When it was not found, it is done now. */
  | { readonly type: "reconciled"; readonly step: ConsultStep; readonly found: boolean }
  | { readonly type: "patient-ready"; readonly patient_profile_id: string }
  /** Made, or given. */
  | { readonly type: "session-created"; readonly session_id: string }
  | { readonly type: "context-uploaded"; readonly index: number; readonly document_id: string }
  | ({ readonly type: "upload-progress" } & UploadProgress)
  | { readonly type: "audio-uploaded" }
  | { readonly type: "context-ready"; readonly index: number; readonly document_id: string }
  | { readonly type: "transcript"; readonly transcript: string }
  /** A piece of the note while it is written. */
  | { readonly type: "note-text"; readonly text: string }
  | { readonly type: "note"; readonly note: string }
  | { readonly type: "document"; readonly document: Document }
  | { readonly type: "codes"; readonly codes: ClinicalCodesResponse }
  | { readonly type: "answer"; readonly answer: string }
  /** Whether the step was done cannot be told. Nothing goes on: look, then resume with `resolve`. */
  | { readonly type: "needs-review"; readonly step: ConsultStep; readonly reason: string }
  | { readonly type: "done"; readonly result: ConsultResult };

/** What happened, and what another process needs to go on from there. Patient data, all but `journal`: never log it. */
export type ConsultEvent = ConsultEventBody & {
  /** How far the consult is, for `resume`: plain JSON without patient text. */
  readonly journal: ConsultState;
  /** True when it tells of a step that was done before this run. */
  readonly replayed: boolean;
};

/** How a consult ended, for those who do not follow its events. */
export type ConsultEnd =
  | { readonly status: "done"; readonly result: ConsultResult; readonly journal: ConsultState }
  | {
      readonly status: "needs-review";
      readonly step: ConsultStep;
      readonly reason: string;
      readonly journal: ConsultState;
    };
