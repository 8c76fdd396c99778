import type { ClinicalCodesResponse, Document } from "../../../generated/types.ts";
import type { UploadProgress } from "../../http/options.ts";
import type { ConsultState, ConsultStep } from "./state.ts";

/** The result of a consult. Patient data: never log it. */
export interface ConsultResult {
  /** The session at Heidi. */
  readonly session_id: string;
  /** Undefined for a consult without a patient. */
  readonly patient_profile_id: string | undefined;
  /** Heidi's ids of the context documents, in the order of the input. */
  readonly context_document_ids: readonly string[];
  /** The text of the transcript. Patient data: never log it. */
  readonly transcript: string;
  /** The whole note. Patient data: never log it. */
  readonly note: string;
  /** Undefined when the input has no `document`. */
  readonly document: Document | undefined;
  /** Undefined when the input has no `coding_system`. */
  readonly codes: ClinicalCodesResponse | undefined;
  /** Undefined when the input has no `ask`. */
  readonly answer: string | undefined;
}

/** The type and data of a consult event. */
export type ConsultEventBody =
  /** The request of this step is sent next. If you store `journal` yourself, store it before you continue. */
  | { readonly type: "step-begun"; readonly step: ConsultStep }
  /** An interrupted step was looked up. When it was not found, it runs now. */
  | { readonly type: "reconciled"; readonly step: ConsultStep; readonly found: boolean }
  | { readonly type: "patient-ready"; readonly patient_profile_id: string }
  /** The session was created, or is the one of the input. */
  | { readonly type: "session-created"; readonly session_id: string }
  | { readonly type: "context-uploaded"; readonly index: number; readonly document_id: string }
  | ({ readonly type: "upload-progress" } & UploadProgress)
  | { readonly type: "audio-uploaded" }
  | { readonly type: "context-ready"; readonly index: number; readonly document_id: string }
  | { readonly type: "transcript"; readonly transcript: string }
  /** A part of the note while it is generated. */
  | { readonly type: "note-text"; readonly text: string }
  | { readonly type: "note"; readonly note: string }
  | { readonly type: "document"; readonly document: Document }
  | { readonly type: "codes"; readonly codes: ClinicalCodesResponse }
  | { readonly type: "answer"; readonly answer: string }
  /** The SDK cannot determine whether the step was done, and stops. Check it in Heidi, then resume with `resolve`. */
  | { readonly type: "needs-review"; readonly step: ConsultStep; readonly reason: string }
  | { readonly type: "done"; readonly result: ConsultResult };

/** A consult event, with the journal to continue from it. Patient data, except `journal`: never log it. */
export type ConsultEvent = ConsultEventBody & {
  /** The progress of the consult, for `resume`: plain JSON without patient text. */
  readonly journal: ConsultState;
  /** True when the step was done before this run. */
  readonly replayed: boolean;
};

/** The end of a consult, for callers that do not read its events. */
export type ConsultEnd =
  | { readonly status: "done"; readonly result: ConsultResult; readonly journal: ConsultState }
  | {
      readonly status: "needs-review";
      readonly step: ConsultStep;
      readonly reason: string;
      readonly journal: ConsultState;
    };
