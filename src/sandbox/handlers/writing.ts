import { timestamp } from "../context.ts";
import { type Template, templateById, templates } from "../fixtures/templates.ts";
import { type HandlerContext, type Handlers, json, sessionOfCall, textOf } from "../handler-context.ts";
import { httpError, missing, unprocessable } from "../http-error.ts";
import { answerQuestion } from "../notes/answer.ts";
import { composeNote, type Manner } from "../notes/compose.ts";
import { fillTemplate, fillText } from "../notes/custom.ts";
import type { ContentType } from "../notes/markup.ts";
import { type Source, sourceOf } from "../notes/source.ts";
import { streamText } from "../notes/stream.ts";
import type { DocumentRecord, SessionRecord } from "../state.ts";
import { awaitTranscription } from "../transcription.ts";

/** Notes, documents and answers. */
export const writingHandlers: Handlers = {
  generateConsultNote: async (call) => {
    const { context } = call;
    const session = sessionOfCall(call);
    const template = templateOf(call) ?? defaultTemplate();
    const manner = mannerOf(call);
    const own = ownTemplateOf(call);
    const source = await writtenSource(call, session);
    const text =
      own === undefined ? composeNote(source, template, manner) : fillText(source, own, manner.contentType);
    const keep = (): void => {
      session.consult_note = {
        result: text,
        status: "GENERATED",
        template_id: own === undefined ? template.id : "",
        generation_method: textOf(call, "generation_method", "TEMPLATE"),
        voice_style: manner.voiceStyle,
        brain: manner.brain,
        content_type: manner.contentType,
        generated_at: timestamp(context),
      };
      session.updated_at = timestamp(context);
    };
    return { kind: "text", pieces: streamText(context, text, call.signal, keep) };
  },
  generateCustomTemplateConsultNote: async (call) => {
    const session = sessionOfCall(call);
    const template = call.body.get("template");
    if (template === undefined) throw missing("body", "template");
    return json(fillTemplate(await writtenSource(call, session), template, contentTypeOf(call)));
  },
  generateDocument: async (call) => {
    const session = sessionOfCall(call);
    const template = templateOf(call) ?? defaultTemplate();
    const manner = mannerOf(call);
    const document: DocumentRecord = {
      id: call.context.ids.hex(),
      index: session.documents.length,
      name: template.name,
      template_id: template.id,
      generation_type: "TEMPLATE",
      content: composeNote(await writtenSource(call, session), template, manner),
      content_type: manner.contentType,
    };
    session.documents.push(document);
    session.updated_at = timestamp(call.context);
    return json(document);
  },
  listSessionDocuments: (call) => json({ data: sessionOfCall(call).documents }),
  askHeidi: async (call) => {
    const { context, signal } = call;
    const session = sessionOfCall(call);
    await awaitTranscription(context, session, signal);
    const question = textOf(call, "ai_command_text", "");
    const content = textOf(call, "content", "");
    const text = answerQuestion(sourceOf(context, session), question, content, contentTypeOf(call));
    return { kind: "text", pieces: streamText(context, text, signal) };
  },
};

/** Returns the source of a note; audio that is not yet transcribed is transcribed first. */
async function writtenSource(call: HandlerContext, session: SessionRecord): Promise<Source> {
  await awaitTranscription(call.context, session, call.signal);
  const source = sourceOf(call.context, session);
  const mayBeEmpty = session.fields["generate_output_without_recording"] === true;
  if (!mayBeEmpty && source.transcript === "" && source.clinicianNotes.length === 0) {
    throw httpError(
      400,
      "TranscriptNotFoundError",
      "The session has neither a transcript nor clinician notes to write from: upload audio first",
    );
  }
  return source;
}

function templateOf(call: HandlerContext): Template | undefined {
  const id = call.body.get("template_id");
  if (id === undefined) return undefined;
  const template = templateById(String(id));
  if (template === undefined) throw httpError(404, "TemplateNotFoundError", "Template not found");
  return template;
}

/** Returns the custom template, JSON as text, when the note uses one. */
function ownTemplateOf(call: HandlerContext): unknown {
  if (call.body.get("generation_method") !== "THIRD_PARTY_TEMPLATE") return undefined;
  const text = call.body.get("third_party_template");
  if (typeof text === "object" && text !== null) return text;
  if (typeof text !== "string") throw missing("body", "third_party_template");
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const loc = ["body", "third_party_template"];
    throw unprocessable([{ loc, msg: "Input should be JSON", type: "json_invalid" }]);
  }
}

function defaultTemplate(): Template {
  const [first] = templates;
  if (first === undefined) throw httpError(404, "TemplateNotFoundError", "Template not found");
  return first;
}

function mannerOf(call: HandlerContext): Manner {
  return {
    voiceStyle: textOf(call, "voice_style", "GOLDILOCKS"),
    brain: textOf(call, "brain", "LEFT"),
    contentType: contentTypeOf(call),
    addition: textOf(call, "addition", ""),
  };
}

function contentTypeOf(call: HandlerContext): ContentType {
  return call.body.get("content_type") === "HTML" ? "HTML" : "MARKDOWN";
}
