import { type SandboxContext, timestamp } from "../context.ts";
import { empty, type Handlers, json, sessionOfCall } from "../handler-context.ts";
import { missing, unprocessable } from "../http-error.ts";
import type { ContextDocumentRecord } from "../state.ts";

/** Context documents. */
export const contextHandlers: Handlers = {
  uploadContextDocument: (call) => {
    const { context } = call;
    const session = sessionOfCall(call);
    const file = call.files.get("file");
    if (file === undefined) throw missing("body", "file");
    if (file.sizeBytes === 0) {
      throw unprocessable([{ loc: ["body", "file"], msg: "The file is empty", type: "value_error" }]);
    }
    const document: ContextDocumentRecord = {
      id: context.ids.hex(),
      filename: file.filename ?? "document",
      uploaded_at: timestamp(context),
      unstructured: call.body.get("unstructured") === true,
      size_bytes: file.sizeBytes,
      sha256: file.sha256,
      readyAtMs: context.clock.now() + context.timings.parsingMs,
    };
    session.context_documents.push(document);
    return json(view(context, document));
  },
  listContextDocuments: (call) =>
    json({ data: sessionOfCall(call).context_documents.map((document) => view(call.context, document)) }),
  deleteContextDocuments: (call) => {
    const session = sessionOfCall(call);
    const ids = call.query.get("ids");
    const kept = session.context_documents.filter(({ id }) => !(Array.isArray(ids) && ids.includes(id)));
    session.context_documents = kept;
    return empty;
  },
};

function view(context: SandboxContext, document: ContextDocumentRecord): Record<string, unknown> {
  const { id, filename, uploaded_at, unstructured, readyAtMs } = document;
  return {
    id,
    filename,
    uploaded_at,
    status: readyAtMs <= context.clock.now() ? "READY" : "PARSING",
    unstructured,
  };
}
