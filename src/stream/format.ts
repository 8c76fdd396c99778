/** What a content type, or the first bytes of a body, announce. */
export type StreamFormatName = "objects" | "events" | "markup" | "other";

/**
 * Reads the content type of an answer. NDJSON and JSON are one format here, for both are JSON objects one after the other.
 *
 * @example formatOf("application/x-ndjson; charset=utf-8") === "objects"
 */
export function formatOf(contentType: string | undefined): StreamFormatName {
  const type = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (type === "text/event-stream") return "events";
  if (type === "text/html" || type === "application/xhtml+xml") return "markup";
  if (
    /^(application|text)\/(.*[.+-])?(json|ndjson|jsonl|jsonlines|json-lines|json-stream|json-seq)$/.test(type)
  ) {
    return "objects";
  }
  return "other";
}

const FIELDS = ["data:", "event:", "id:", "retry:"] as const;

/** The most bytes that `sniff` needs. */
export const SNIFF_BYTES = 6;

/** Judges the first bytes that are not blank; undefined when more of them are needed. */
export function sniff(first: string): StreamFormatName | undefined {
  if (first === "") return undefined;
  if (first.startsWith("{")) return "objects";
  if (first.startsWith("<")) return "markup";
  if (first.startsWith(":") || FIELDS.some((field) => first.startsWith(field))) return "events";
  return FIELDS.some((field) => field.startsWith(first)) ? undefined : "other";
}
