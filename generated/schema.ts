// DO NOT EDIT. Types of the API, by openapi-typescript.
// Written by `npm run generate` from openapi/heidi.openapi.yaml and openapi/overlays/.

import type { FileInput } from "../src/upload/file.ts";

export interface paths {
  "/jwt": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Exchange a tenant Heidi API key for a short-lived bearer JWT bound to an EHR user. */
    get: operations["getJwt"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/templates/document-templates": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Returns the templates of consult notes and of documents; `template_category` tells them apart. */
    get: operations["listTemplates"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/patient-profiles": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Returns the patient profiles that match the query. */
    get: operations["listPatientProfiles"];
    put?: never;
    /**
     * Creates a patient profile. Heidi includes the patient's details in the sessions that are linked to the profile,
     * and can use earlier sessions as context.
     */
    post: operations["createPatientProfile"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/patient-profiles/{patient_profile_id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Returns a patient profile. */
    get: operations["getPatientProfile"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /** Updates a patient profile. Fields that the body omits stay unchanged. */
    patch: operations["updatePatientProfile"];
    trace?: never;
  };
  "/patient-profiles:batch-delete": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Deletes several patient profiles at once. What becomes of the sessions that are linked to them is not public. */
    post: operations["batchDeletePatientProfiles"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/patient-profiles/{patient_profile_id}/sessions": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Links a session, or several, to a patient profile, so that Heidi includes the patient's details in them. */
    post: operations["linkSessionToPatientProfile"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sessions": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Creates a session. A session corresponds to one consultation: it has its audio, transcript, notes and
     * documents.
     */
    post: operations["createSession"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sessions/{session_id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Returns a session with its consult note, its documents and the details of its patient. */
    get: operations["getSession"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    /** Updates a session: its duration, languages, patient, context and links to your system. */
    patch: operations["updateSession"];
    trace?: never;
  };
  "/sessions/linked-user": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Returns the sessions of the Heidi account that the clinician is linked to, page by page. */
    get: operations["listLinkedUserSessions"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sessions/{session_id}/context-documents": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Returns the documents in the context of a session, each with its `status`. */
    get: operations["listContextDocuments"];
    put?: never;
    /** Adds a document to the context of a session. Heidi uses it when its `status` is `READY`. */
    post: operations["uploadContextDocument"];
    /** Removes documents from the context of a session. */
    delete: operations["deleteContextDocuments"];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sessions/{session_id}/upload-audio": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Upload a full audio file (MP3 or OGG recommended) for lazy transcription. Heidi transcribes it when the
     * transcript is next requested.
     */
    post: operations["uploadSessionAudio"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sessions/{session_id}/transcript": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Returns the transcript of a session. Heidi transcribes uploaded audio on this call, which can take minutes. An
     * empty transcript means that it is not ready, or that nothing was said.
     */
    get: operations["getSessionTranscript"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sessions/{session_id}/transcript/live": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Chunked live transcript with per-chunk status and source. */
    get: operations["getLiveSessionTranscript"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sessions/{session_id}/consult-note": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Stream a consult note generated from the session's transcript and context. */
    post: operations["generateConsultNote"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sessions/{session_id}/client-customised-template/response": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Generate a consult note against a client-supplied JSON template. The session needs a consult note of free text
     * first, from `consultNotes.generate`.
     */
    post: operations["generateCustomTemplateConsultNote"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sessions/{session_id}/documents": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Returns the documents of a session. */
    get: operations["listSessionDocuments"];
    put?: never;
    /**
     * Generates a document of a session, such as a referral letter, by a template. The public pages call the new
     * document empty, but print an answer with `content`.
     */
    post: operations["generateDocument"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sessions/{session_id}/clinical-codes": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Generate clinical codes for the session across the requested coding system. Coding has to be enabled for your
     * account.
     */
    get: operations["getSessionClinicalCodes"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sessions/{session_id}/ask-ai": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Stream an AI-assistant response scoped to the session. */
    post: operations["askHeidi"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sessions/{session_id}/restful-segment-transcription": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Open a live recording of a session, to be sent in segments. */
    post: operations["createRecording"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sessions/{session_id}/restful-segment-transcription/{recording_id}:transcribe": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Send one segment of a live recording, a playable file of its own of 45 seconds to a minute (MP3 or OGG
     * recommended). Whether a segment that is sent twice is transcribed twice is unknown.
     */
    post: operations["transcribeSegment"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sessions/{session_id}/restful-segment-transcription/{recording_id}:finish": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Close a live recording when all of its segments are sent. */
    post: operations["finishRecording"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/users/linked-account/access": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Tell whether the clinician is linked to a Heidi account, and to which. */
    get: operations["getLinkedAccount"];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/users/linked-account": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Link the clinician to their Heidi account. */
    post: operations["linkAccount"];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/users/linked-account:unlink": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /** Remove the link between the clinician and their Heidi account. */
    delete: operations["unlinkAccount"];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Jwt: {
      token: string;
      /** Format: date-time */
      expiration_time: string;
    };
    Template: {
      id?: string | undefined;
      name?: string | undefined;
      structure_template?: (Record<string, unknown> | string) | undefined;
      /**
       * The kind of text that the template is for, as the names of the values say.
       *
       * - `CONSULT_NOTE_TEMPLATE`: Consult notes, from `consultNotes.generate`.
       * - `DOCUMENT_TEMPLATE`: Documents, from `documents.generate`.
       */
      template_category?: ("CONSULT_NOTE_TEMPLATE" | "DOCUMENT_TEMPLATE" | (string & {})) | undefined;
      template_html?: string | undefined;
      author_name?: string | undefined;
    };
    /** The details of a patient. All of them are optional. */
    PatientProfileCreate: {
      /** The patient's first name. */
      first_name?: string | undefined;
      /** The patient's last name. */
      last_name?: string | undefined;
      /**
       * The patient's date of birth, as `YYYY-MM-DD`. The public pages call it `birth_date`; give either one.
       *
       * Format: date
       */
      date_of_birth?: string | undefined;
      /** The patient's gender. The public pages have `MALE`, `FEMALE` and `OTHER`. */
      gender?: string | undefined;
      /** The patient's id in your system, such as the EHR. It is not the id of the profile. */
      ehr_patient_id?: string | undefined;
      /**
       * The provider of the patient's record. Its meaning is not public; sessions have the name of an EHR as
       * `ehr_provider`.
       */
      provider?: string | undefined;
      /**
       * The public pages' name of `date_of_birth`. Give either one; the client sends what the deployment takes.
       *
       * Format: date
       */
      birth_date?: string | undefined;
      /** The patient's phone number. */
      phone?: string | undefined;
      /** The patient's e-mail address. */
      email?: string | undefined;
      /** The patient's sex as a code. The codes are not public. */
      patient_sex_code?: number | undefined;
      /** More identifiers of the patient. Their form is not public. */
      identifiers?: Record<string, unknown>[] | undefined;
      /** The text that shows the patient in Heidi, such as name, sex and date of birth. */
      demographic_string?: string | undefined;
      /** Additional context about the patient, such as a history of hypertension. */
      additional_context?: string | undefined;
    };
    /** The details of a patient that change. */
    PatientProfileUpdate: components["schemas"]["PatientProfileCreate"];
    PatientProfile: {
      /** The public pages' name of `provider`. */
      ehr_provider?: string | undefined;
    } & (components["schemas"]["PatientProfileCreate"] & {
      id?: string | undefined;
      /** Format: date-time */
      created_at?: string | undefined;
      /** Format: date-time */
      updated_at?: string | undefined;
    });
    /** The patient and the appointment of a new session. Both are optional. */
    SessionCreate: {
      /** The id of the patient profile that the session is for. */
      patient_profile_id?: string | undefined;
      /** The id of the appointment in your system. */
      ehr_appointment_id?: string | undefined;
    };
    /** The fields of a session that change. */
    SessionUpdate: {
      /** Session duration in seconds. */
      duration?: number | undefined;
      /** The language that is spoken in the session, as a code such as `en`. */
      language_code?: string | undefined;
      /** The language that Heidi writes in, as a code such as `en`. */
      output_language_code?: string | undefined;
      /** The patient of the session, with `name`, `gender` and `dob` (a date, as `YYYY-MM-DD`). */
      patient?: Record<string, unknown> | undefined;
      /** Notes of the clinician that Heidi uses as context, such as allergies and medication. They may be Markdown. */
      clinician_notes?: string[] | undefined;
      /** The id of the appointment in your system. */
      ehr_appointment_id?: string | undefined;
      /** The patient's id in your system, such as the EHR. */
      ehr_patient_id?: string | undefined;
      /** True when the patient's consent was obtained. What Heidi does with it is not public. */
      consent_obtained?: boolean | undefined;
      /** The ids of earlier sessions of the patient whose consult notes Heidi uses as context. */
      linked_sessions_for_context?: string[] | undefined;
      /** True when notes and documents can be generated for a session without a recording. */
      generate_output_without_recording?: boolean | undefined;
    };
    Session: {
      session_id?: string | undefined;
      duration?: number | undefined;
      language_code?: string | undefined;
      output_language_code?: string | undefined;
      clinician_notes?: string[] | undefined;
      consent_obtained?: boolean | undefined;
      linked_sessions_for_context?: string[] | undefined;
      documents?: components["schemas"]["Document"][] | undefined;
      audio?: (Record<string, unknown> | Record<string, unknown>[]) | undefined;
      /** Format: date-time */
      created_at?: string | undefined;
      /** Format: date-time */
      updated_at?: string | undefined;
      session_name?: (string | null) | undefined;
      ehr_appt_id?: (string | null) | undefined;
      ehr_provider?: (string | null) | undefined;
      ehr_patient_id?: (string | null) | undefined;
      consult_note?: (components["schemas"]["ConsultNote"] | null) | undefined;
      patient?: (components["schemas"]["SessionPatient"] | null) | undefined;
    };
    ContextDocument: {
      id?: string | undefined;
      filename?: string | undefined;
      /** Format: date-time */
      uploaded_at?: string | undefined;
      /**
       * The state of the document.
       *
       * - `PARSING`: Heidi is reading the document.
       * - `READY`: Heidi can use the document as context.
       */
      status?: ("PARSING" | "READY" | (string & {})) | undefined;
      unstructured?: boolean | undefined;
    };
    Transcript: {
      session_id?: string | undefined;
      transcript?: string | undefined;
      language_code?: string | undefined;
    };
    LiveTranscript: {
      session_id?: string | undefined;
      transcript?: string | undefined;
      /**
       * The source of the audio that `transcript` is from.
       *
       * - `USER_UPLOADED`: A recording that was uploaded.
       * - `LIVE`: A live recording.
       * - `BACKUP`: A backup of a recording.
       */
      active_source?: ("USER_UPLOADED" | "LIVE" | "BACKUP" | (string & {})) | undefined;
      chunks?: {
        id?: string | undefined;
        /**
         * The state of the chunk's transcription. The meanings are read from the names of the values.
         *
         * - `PENDING`: The chunk is not transcribed yet.
         * - `READY`: The chunk is transcribed.
         * - `FAILED`: The chunk could not be transcribed.
         */
        status?: ("PENDING" | "READY" | "FAILED" | (string & {})) | undefined;
        duration?: number | undefined;
        text?: string | undefined;
        /**
         * The source of the chunk's audio.
         *
         * - `USER_UPLOADED`: A recording that was uploaded.
         * - `LIVE`: A live recording.
         * - `BACKUP`: A backup of a recording.
         */
        source?: ("USER_UPLOADED" | "LIVE" | "BACKUP" | (string & {})) | undefined;
      }[] | undefined;
    };
    /** The choices for a consult note. */
    ConsultNoteGenerate: {
      /**
       * The source of the note's template.
       *
       * - `TEMPLATE`: A template of Heidi, given as `template_id`.
       * - `THIRD_PARTY_TEMPLATE`: A template of your own, given as `third_party_template`.
       */
      generation_method: "TEMPLATE" | "THIRD_PARTY_TEMPLATE";
      /** The id of the template of Heidi. The generation method `TEMPLATE` requires it. */
      template_id?: string | undefined;
      /** Additional text for the generation of the note. It may be empty. */
      addition: string;
      /**
       * The voice style in which Heidi writes.
       *
       * - `GOLDILOCKS`: The style of the public pages' examples. By its name it is neither brief nor detailed.
       * - `DETAILED`: By its name more detailed than `GOLDILOCKS`.
       * - `BRIEF`: By its name shorter than `GOLDILOCKS`.
       * - `SUPER_DETAILED`: By its name more detailed than `DETAILED`.
       * - `MY_VOICE`: By its name the clinician's own style.
       */
      voice_style: "GOLDILOCKS" | "DETAILED" | "BRIEF" | "SUPER_DETAILED" | "MY_VOICE";
      /**
       * The brain option with which Heidi writes.
       *
       * - `LEFT`: The default of the API. How it differs from `RIGHT` is not public.
       * - `RIGHT`: The other option. How it differs from `LEFT` is not public.
       * @default "LEFT"
       */
      brain: "LEFT" | "RIGHT";
      /**
       * The markup of the generated text.
       *
       * - `MARKDOWN`: Text in Markdown.
       * - `HTML`: Text in HTML.
       */
      content_type?: ("MARKDOWN" | "HTML") | undefined;
      /**
       * A template of your own in place of `template_id`, for the generation method `THIRD_PARTY_TEMPLATE`. An object
       * is sent as JSON text.
       */
      third_party_template?: (string | Record<string, unknown>) | undefined;
    };
    /** The choices for a document. */
    DocumentGenerate: {
      /**
       * The source of the document's template.
       *
       * - `TEMPLATE`: A template of Heidi, given as `template_id`.
       */
      generation_method: "TEMPLATE";
      /** The id of the template of Heidi. The generation method `TEMPLATE` requires it. */
      template_id: string;
      /**
       * The voice style in which Heidi writes.
       *
       * - `GOLDILOCKS`: The style of the public pages' examples. By its name it is neither brief nor detailed.
       * - `DETAILED`: By its name more detailed than `GOLDILOCKS`.
       * - `BRIEF`: By its name shorter than `GOLDILOCKS`.
       * - `SUPER_DETAILED`: By its name more detailed than `DETAILED`.
       * - `MY_VOICE`: By its name the clinician's own style.
       */
      voice_style?: ("GOLDILOCKS" | "DETAILED" | "BRIEF" | "SUPER_DETAILED" | "MY_VOICE") | undefined;
      /**
       * The brain option with which Heidi writes.
       *
       * - `LEFT`: The default of the API. How it differs from `RIGHT` is not public.
       * - `RIGHT`: The other option. How it differs from `LEFT` is not public.
       */
      brain: "LEFT" | "RIGHT";
      /**
       * The markup of the generated text.
       *
       * - `MARKDOWN`: Text in Markdown.
       * - `HTML`: Text in HTML.
       */
      content_type?: ("MARKDOWN" | "HTML") | undefined;
      /** The kind of tab in Heidi, such as `DOCUMENT`. */
      document_tab_type?: string | undefined;
    };
    Document: {
      id?: string | undefined;
      index?: number | undefined;
      name?: string | undefined;
      template_id?: string | undefined;
      generation_type?: string | undefined;
      content?: string | undefined;
      /**
       * The markup of `content`.
       *
       * - `MARKDOWN`: Text in Markdown.
       * - `HTML`: Text in HTML.
       */
      content_type?: ("MARKDOWN" | "HTML" | (string & {})) | undefined;
      session_id?: string | undefined;
      brain?: (string | null) | undefined;
      voice_style?: (string | null) | undefined;
    };
    ClinicalCodesResponse: {
      coding_system?: string | undefined;
      /**
       * The state of the generation of codes. The meanings are read from the names of the values.
       *
       * - `PROCESSING`: The codes are not complete yet.
       * - `READY`: The codes are complete.
       * - `FAILED`: The codes could not be generated.
       */
      status?: ("PROCESSING" | "READY" | "FAILED" | (string & {})) | undefined;
      entities?: components["schemas"]["ClinicalCodeEntity"][] | undefined;
      id?: string | undefined;
      session_id?: string | undefined;
      consult_note_id?: (string | null) | undefined;
    };
    ClinicalCodeEntity: {
      entity?: string | undefined;
      primary_code?: components["schemas"]["ClinicalCode"] | undefined;
      similar_codes?: components["schemas"]["ClinicalCode"][] | undefined;
      references?: {
        /**
         * The text that the reference points into.
         *
         * - `TRANSCRIPT`: The transcript.
         * - `CONSULT_NOTE`: The consult note.
         */
        source?: ("TRANSCRIPT" | "CONSULT_NOTE" | (string & {})) | undefined;
        text?: string | undefined;
        start?: number | undefined;
        end?: number | undefined;
      }[] | undefined;
      /** Where the note has it, in a form that is not public. */
      location_in_note?: (string | {
        [key: string]: unknown;
      } | unknown[] | null) | undefined;
      /** What it refers to in the transcript, in a form that is not public. */
      reference_in_transcript?: (string | {
        [key: string]: unknown;
      } | unknown[] | null) | undefined;
    };
    ClinicalCode: {
      code?: string | undefined;
      description?: string | undefined;
      coding_system?: string | undefined;
      /** Format: date */
      effective_date?: string | undefined;
      valid?: boolean | undefined;
      hierarchy?: string[] | undefined;
      /** The public pages' name of `description`. */
      code_name?: string | undefined;
      /** The public pages' name of `coding_system`, such as `achi_13_au`. */
      code_system?: string | undefined;
      /** How well the code fits, up to 1. */
      score?: (number | null) | undefined;
      /** What the coding system says of the code. */
      metadata?: (Record<string, unknown> | null) | undefined;
    };
    /** An instruction for Heidi's AI assistant, and the text that it is about. */
    AskHeidiRequest: {
      /** The instruction for the assistant, such as `Summarise the following text`. */
      ai_command_text: string;
      /** The text that the assistant uses as context for its answer. */
      content: string;
      /**
       * The markup: of `content`, of the answer or of both, which is not public.
       *
       * - `MARKDOWN`: Text in Markdown.
       * - `HTML`: Text in HTML.
       */
      content_type: "MARKDOWN" | "HTML";
    };
    StreamChunk: {
      data?: string | undefined;
    };
    ErrorDetail: {
      msg: string;
      type: string;
    };
    ErrorResponse: {
      detail: components["schemas"]["ErrorDetail"] | string;
    };
    ValidationErrorResponse: {
      detail: components["schemas"]["ErrorDetail"] | string | {
        loc?: (string | number)[] | undefined;
        msg: string;
        type: string;
      }[];
    };
    Acknowledgement: {
      is_success?: boolean | undefined;
    };
    LinkedAccount: {
      _id?: string | undefined;
      /** The id of the Heidi account. */
      user_id?: (string | null) | undefined;
      ehr_provider?: (string | null) | undefined;
      ehr_email?: (string | null) | undefined;
      ehr_user_id?: (string | null) | undefined;
      /** Without a zone, meaning UTC. */
      deleted_at?: (string | null) | undefined;
      /** Without a zone, meaning UTC. */
      created_at?: (string | null) | undefined;
      /** Without a zone, meaning UTC. */
      updated_at?: (string | null) | undefined;
    };
    LinkedAccountAccess: {
      is_valid?: boolean | undefined;
      is_linked?: boolean | undefined;
      account?: (components["schemas"]["LinkedAccount"] | null) | undefined;
    };
    UploadedAudio: {
      id?: string | undefined;
      /** The audio's place in the session. */
      index?: number | undefined;
      /** `INITIALIZED` until the transcript is asked for. */
      status?: string | undefined;
      /** Without a zone, meaning UTC. */
      created_at?: string | undefined;
      access_url?: (string | null) | undefined;
    };
    LinkedSessions: {
      data?: {
        session_id?: string | undefined;
      }[] | undefined;
    };
    /** A template of your own, which `consultNotes.generateFromTemplate` fills. */
    CustomTemplate: {
      /** The text of the template, with what Heidi is to write. */
      template?: string | undefined;
      /** What Heidi answers from the consult, each in a form of its own. */
      questions?: components["schemas"]["CustomTemplateQuestion"][] | undefined;
      /** Whether the answer has a `summary`. */
      summaryRequired?: boolean | undefined;
      /** Kept by Heidi as it is. */
      metadata?: {
        [key: string]: unknown;
      } | undefined;
    } & {
      [key: string]: unknown;
    };
    /** A question of a template of your own. */
    CustomTemplateQuestion: {
      /** Your id of the question, by which its answer is found. */
      questionId: string;
      /** The question, as text. */
      question: string;
      /** What helps to answer it. */
      description?: string | undefined;
      /**
       * The form of the answer.
       *
       * - `SingleResponse`: One of `answerOptions`.
       * - `MultipleResponse`: Any number of `answerOptions`.
       * - `TextArea`: By its name free text.
       * - `DateResponse`: A date, in the form of `dateFormat`.
       */
      answerType: "SingleResponse" | "MultipleResponse" | "TextArea" | "DateResponse";
      /** What to choose from, for `SingleResponse` and `MultipleResponse`. */
      answerOptions?: {
        /** The option, as text. */
        value: string;
        /** Data of your own about the option. Its keys are not public. */
        metadata?: {
          [key: string]: unknown;
        } | undefined;
      }[] | undefined;
      /** For `DateResponse`, such as `YYYY-MM-DD`. */
      dateFormat?: string | undefined;
      /** Whether the question can have several answers. */
      repeatable?: boolean | undefined;
      /** Questions below this one. When Heidi answers them is not public. */
      childQuestions?: components["schemas"]["CustomTemplateQuestion"][] | undefined;
    };
    /** The answer to a question of a template of your own. */
    CustomTemplateAnswer: {
      questionId?: string | undefined;
      question?: (string | null) | undefined;
      answerType?: (string | null) | undefined;
      answer?: ({
        value?: (string | null) | undefined;
        additionalDetails?: (string | null) | undefined;
      }[] | null) | undefined;
    } & {
      [key: string]: unknown;
    };
    /** A template of your own, filled. */
    CustomTemplateResponse: {
      /** The filled text of the template. */
      content?: (string | null) | undefined;
      questionAnswers?: (components["schemas"]["CustomTemplateAnswer"][] | null) | undefined;
      summary?: (string | null) | undefined;
    } & {
      [key: string]: unknown;
    };
    /** The consult note of a session. */
    ConsultNote: {
      /** Such as `CREATED`; other values are not public. */
      status?: (string | null) | undefined;
      /** The text of the note; empty or null until it is written. */
      result?: (string | null) | undefined;
      heading?: (string | null) | undefined;
      brain?: (string | null) | undefined;
      voice_style?: (string | null) | undefined;
      generation_method?: (string | null) | undefined;
      template_id?: (string | null) | undefined;
      content_type?: (string | null) | undefined;
      ai_command_id?: (string | null) | undefined;
      ai_command_text?: (string | null) | undefined;
    } & {
      [key: string]: unknown;
    };
    /** The patient as a session has them. */
    SessionPatient: {
      name?: (string | null) | undefined;
      gender?: (string | null) | undefined;
      /** The date of birth. */
      dob?: (string | null) | undefined;
    } & {
      [key: string]: unknown;
    };
  };
  responses: {
    /** The API could not accept the request as it was. */
    BadRequest: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/json": components["schemas"]["ErrorResponse"];
      };
    };
    /** The API key or token is missing, wrong or expired. */
    Unauthorized: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/json": components["schemas"]["ErrorResponse"];
      };
    };
    /** The user may not do this. */
    Forbidden: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/json": components["schemas"]["ErrorResponse"];
      };
    };
    /** There is no such resource for this user. */
    NotFound: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/json": components["schemas"]["ErrorResponse"];
      };
    };
    /** The resource is in another state than the request assumes. */
    Conflict: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/json": components["schemas"]["ErrorResponse"];
      };
    };
    /** Too many requests. */
    TooManyRequests: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/json": components["schemas"]["ErrorResponse"];
      };
    };
    /** The request does not match the API's validation. */
    Unprocessable: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/json": components["schemas"]["ValidationErrorResponse"];
      };
    };
    /** The API failed. */
    ServerError: {
      headers: {
        [name: string]: unknown;
      };
      content: {
        "application/json": components["schemas"]["ErrorResponse"];
      };
    };
  };
  parameters: {
    /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
    SessionId: string;
    /** The profile's id at Heidi, as creating or listing it returned it; not the EHR's id of the patient. */
    PatientProfileId: string;
    /** The recording's id, as creating it returned it. */
    RecordingId: string;
  };
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  getJwt: {
    parameters: {
      query: {
        /**
         * The clinician's e-mail address. Heidi identifies the user by it together with `third_party_internal_id`.
         *
         * Format: email
         */
        email: string;
        /** The clinician's id in your system, such as the user id of the EHR. */
        third_party_internal_id: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** Token issued. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Jwt"];
        };
      };
    };
  };
  listTemplates: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** Templates returned. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": {
            data?: components["schemas"]["Template"][] | undefined;
          };
        };
      };
    };
  };
  listPatientProfiles: {
    parameters: {
      query?: {
        /** Returns only profiles with this id of the patient in your system. */
        ehr_patient_id?: string;
        /**
         * Returns only profiles with this `provider`. Its meaning is not public; sessions have the name of an EHR as
         * `ehr_provider`.
         */
        provider?: string;
        /** The public name of `provider`; give either one. */
        ehr_provider?: string;
        /** Which page, counted from 1. */
        page?: number;
        /** How many profiles a page has. */
        page_size?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** Patient profiles returned. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": {
            data?: components["schemas"]["PatientProfile"][] | undefined;
            total_pages?: number | undefined;
          };
        };
      };
    };
  };
  createPatientProfile: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": {
          /** The patient's first name. */
          first_name?: string | undefined;
          /** The patient's last name. */
          last_name?: string | undefined;
          /**
           * The patient's date of birth, as `YYYY-MM-DD`. The public pages call it `birth_date`; give either one.
           *
           * Format: date
           */
          date_of_birth?: string | undefined;
          /** The patient's gender. The public pages have `MALE`, `FEMALE` and `OTHER`. */
          gender?: string | undefined;
          /** The patient's id in your system, such as the EHR. It is not the id of the profile. */
          ehr_patient_id?: string | undefined;
          /**
           * The provider of the patient's record. Its meaning is not public; sessions have the name of an EHR as
           * `ehr_provider`.
           */
          provider?: string | undefined;
          /**
           * The public pages' name of `date_of_birth`. Give either one; the client sends what the deployment takes.
           *
           * Format: date
           */
          birth_date?: string | undefined;
          /** The patient's phone number. */
          phone?: string | undefined;
          /** The patient's e-mail address. */
          email?: string | undefined;
          /** The patient's sex as a code. The codes are not public. */
          patient_sex_code?: number | undefined;
          /** More identifiers of the patient. Their form is not public. */
          identifiers?: Record<string, unknown>[] | undefined;
          /** The text that shows the patient in Heidi, such as name, sex and date of birth. */
          demographic_string?: string | undefined;
          /** Additional context about the patient, such as a history of hypertension. */
          additional_context?: string | undefined;
        };
      };
    };
    responses: {
      /** Patient profile created. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PatientProfile"];
        };
      };
    };
  };
  getPatientProfile: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** The profile's id at Heidi, as creating or listing it returned it; not the EHR's id of the patient. */
        patient_profile_id: components["parameters"]["PatientProfileId"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** Patient profile. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PatientProfile"];
        };
      };
    };
  };
  updatePatientProfile: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** The profile's id at Heidi, as creating or listing it returned it; not the EHR's id of the patient. */
        patient_profile_id: components["parameters"]["PatientProfileId"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["PatientProfileUpdate"];
      };
    };
    responses: {
      /** Patient profile updated. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["PatientProfile"];
        };
      };
    };
  };
  batchDeletePatientProfiles: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": {
          /** The ids of the profiles to delete, at least one. */
          patient_profile_ids: string[];
        };
      };
    };
    responses: {
      /** Profiles deleted. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  linkSessionToPatientProfile: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** The profile's id at Heidi, as creating or listing it returned it; not the EHR's id of the patient. */
        patient_profile_id: components["parameters"]["PatientProfileId"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": {
          /** The id of the session to link. Give this or `session_ids`. */
          session_id: string;
          /** Several sessions to link at once. Give this or `session_id`; the client sends what the deployment takes. */
          session_ids?: string[] | undefined;
        } | {
          /** The id of the session to link. Give this or `session_ids`. */
          session_id?: string | undefined;
          /** Several sessions to link at once. Give this or `session_id`; the client sends what the deployment takes. */
          session_ids: string[];
        };
      };
    };
    responses: {
      /** Session linked. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["LinkedSessions"];
        };
      };
    };
  };
  createSession: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["SessionCreate"];
      };
    };
    responses: {
      /** Session created. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": {
            session_id?: string | undefined;
          };
        };
      };
    };
  };
  getSession: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
        session_id: components["parameters"]["SessionId"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** Session details. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Session"];
        };
      };
    };
  };
  updateSession: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
        session_id: components["parameters"]["SessionId"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["SessionUpdate"];
      };
    };
    responses: {
      /** Session updated. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Session"];
        };
      };
    };
  };
  listLinkedUserSessions: {
    parameters: {
      query?: {
        /** The number of sessions on a page, from 1 to 200. */
        page_size?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** Paginated list of sessions. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": {
            count?: number | undefined;
            total_count?: number | undefined;
            has_next?: boolean | undefined;
            has_previous?: boolean | undefined;
            data?: components["schemas"]["Session"][] | undefined;
          };
        };
      };
    };
  };
  listContextDocuments: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
        session_id: components["parameters"]["SessionId"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** Context documents. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": {
            data?: components["schemas"]["ContextDocument"][] | undefined;
          };
        };
      };
    };
  };
  uploadContextDocument: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
        session_id: components["parameters"]["SessionId"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "multipart/form-data": {
          /** The document: a PDF, JPG, PNG, DOCX or DOC file. */
          file: FileInput;
          /** True when the document is unstructured. What follows from it is not public. */
          unstructured?: boolean | undefined;
          /** Facts about the document, sent as JSON text; `unstructured` may stand in it. */
          meta_data?: Record<string, unknown> | undefined;
        };
      };
    };
    responses: {
      /** Document uploaded. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["ContextDocument"];
        };
      };
    };
  };
  deleteContextDocuments: {
    parameters: {
      query: {
        /** The ids of the documents to remove, at least one. */
        ids: string[];
      };
      header?: never;
      path: {
        /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
        session_id: components["parameters"]["SessionId"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** Deleted. */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  uploadSessionAudio: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
        session_id: components["parameters"]["SessionId"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "multipart/form-data": {
          /** The recording: an audio file. MP3 and OGG are transcribed best. */
          file: FileInput;
          /**
           * When the recording began. Heidi aligns the audio with the session by it.
           *
           * Format: date-time
           */
          start_time?: string | undefined;
          /**
           * When the recording ended; by default `start_time` and its length.
           *
           * Format: date-time
           */
          end_time?: string | undefined;
          /** Asks for a presigned `access_url` that lasts this long. The public pages do not name its unit. */
          expiry?: number | undefined;
        };
      };
    };
    responses: {
      /** Audio stored. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["UploadedAudio"];
        };
      };
    };
  };
  getSessionTranscript: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
        session_id: components["parameters"]["SessionId"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** Final transcript. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Transcript"];
        };
      };
    };
  };
  getLiveSessionTranscript: {
    parameters: {
      query?: {
        /** Which recordings to show by their state; `in_progress` by default. */
        recording_status?: string;
      };
      header?: never;
      path: {
        /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
        session_id: components["parameters"]["SessionId"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** Chunked live transcript. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["LiveTranscript"];
        };
      };
    };
  };
  generateConsultNote: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
        session_id: components["parameters"]["SessionId"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["ConsultNoteGenerate"];
      };
    };
    responses: {
      /** Streamed consult-note chunks. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/x-ndjson": components["schemas"]["StreamChunk"];
        };
      };
    };
  };
  generateCustomTemplateConsultNote: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
        session_id: components["parameters"]["SessionId"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": {
          /**
           * The markup of the generated text. The public pages do not have it in this request.
           *
           * - `MARKDOWN`: Text in Markdown.
           * - `HTML`: Text in HTML.
           */
          content_type?: ("MARKDOWN" | "HTML") | undefined;
          /** A template of your own, which `consultNotes.generateFromTemplate` fills. */
          template: components["schemas"]["CustomTemplate"];
        } | components["schemas"]["CustomTemplate"];
      };
    };
    responses: {
      /** Generated structured response. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["CustomTemplateResponse"];
        };
      };
    };
  };
  listSessionDocuments: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
        session_id: components["parameters"]["SessionId"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** Documents linked to session. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": {
            data?: components["schemas"]["Document"][] | undefined;
          };
        };
      };
    };
  };
  generateDocument: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
        session_id: components["parameters"]["SessionId"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["DocumentGenerate"];
      };
    };
    responses: {
      /** Document generated. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Document"];
        };
      };
    };
  };
  getSessionClinicalCodes: {
    parameters: {
      query?: {
        /**
         * The coding system of the codes. The public pages ask without it: there each code names its system.
         *
         * - `ICD-10`: International Classification of Diseases, 10th revision.
         * - `ICD-10-CM`: ICD-10 with the clinical modification of the United States.
         * - `ICD-9`: International Classification of Diseases, 9th revision.
         * - `ICD-9-CM`: ICD-9 with the clinical modification of the United States.
         * - `SNOMED`: SNOMED, without an edition. How it differs from `SNOMED-CT` is not public.
         * - `SNOMED-CT`: SNOMED Clinical Terms.
         * - `OPCS-410`: OPCS Classification of Interventions and Procedures, by its number version 4.10.
         * - `ACHI-13`: Australian Classification of Health Interventions, by its number the 13th edition.
         * - `CPT-2025`: Current Procedural Terminology of 2025.
         */
        coding_system?: "ICD-10" | "ICD-10-CM" | "ICD-9" | "ICD-9-CM" | "SNOMED" | "SNOMED-CT" | "OPCS-410" | "ACHI-13" | "CPT-2025";
      };
      header?: never;
      path: {
        /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
        session_id: components["parameters"]["SessionId"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** Clinical codes for session. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["ClinicalCodesResponse"];
        };
      };
    };
  };
  askHeidi: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
        session_id: components["parameters"]["SessionId"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": components["schemas"]["AskHeidiRequest"];
      };
    };
    responses: {
      /** Streamed AI response chunks. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/x-ndjson": components["schemas"]["StreamChunk"];
        };
      };
    };
  };
  createRecording: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
        session_id: components["parameters"]["SessionId"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** Recording opened. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": {
            recording_id?: string | undefined;
          };
        };
      };
    };
  };
  transcribeSegment: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
        session_id: components["parameters"]["SessionId"];
        /** The recording's id, as creating it returned it. */
        recording_id: components["parameters"]["RecordingId"];
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        "multipart/form-data": {
          /** The segment: an audio file that can be played on its own, 45 seconds to a minute long. */
          file: FileInput;
          /** The segment's place in the recording as text: "0", "1" and so on. */
          index: string;
        };
      };
    };
    responses: {
      /** Done, or not when `is_success` is false. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Acknowledgement"];
        };
      };
    };
  };
  finishRecording: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** The session's id, as creating it returned it. Always a string, more digits than a number can hold. */
        session_id: components["parameters"]["SessionId"];
        /** The recording's id, as creating it returned it. */
        recording_id: components["parameters"]["RecordingId"];
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** Done, or not when `is_success` is false. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Acknowledgement"];
        };
      };
    };
  };
  getLinkedAccount: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** The state of the link. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["LinkedAccountAccess"];
        };
      };
    };
  };
  linkAccount: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        "application/json": {
          /** The id of the Heidi account, as Heidi's sign-in tells it; it begins with `kp_`. */
          kinde_user_id: string;
        };
      };
    };
    responses: {
      /** Account linked. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": {
            account?: components["schemas"]["LinkedAccount"] | undefined;
          };
        };
      };
    };
  };
  unlinkAccount: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** Done, or not when `is_success` is false. */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          "application/json": components["schemas"]["Acknowledgement"];
        };
      };
    };
  };
}
