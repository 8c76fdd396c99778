import type { Topic } from "../fixtures/types.ts";
import { statements } from "./compose.ts";
import { type ContentType, renderBlocks } from "./markup.ts";
import type { Source } from "./source.ts";

// The first entry whose words are in a key applies; headings come before their parts.
const topicsOfWords: readonly (readonly [RegExp, readonly Topic[]])[] = [
  [/follow|review|safety/i, ["followUp"]],
  [/plan|management|recommend|next|tratamiento/i, ["plan", "followUp"]],
  [/assess|impression|diagnos|problem/i, ["assessment"]],
  [/investigat|test|result|ecg/i, ["investigations"]],
  [/exam|objective|vital|finding|explora/i, ["examination", "investigations"]],
  [/all?erg/i, ["allergies"]],
  [/medic|drug|prescri/i, ["medications"]],
  [/social|smok|alcohol|lifestyle/i, ["social"]],
  [/background|past/i, ["background"]],
  [/reason|complaint|present|chief/i, ["reason"]],
  [/subjective|history|hpi/i, ["reason", "history"]],
  [/summary|note|text|content/i, ["reason", "assessment", "plan"]],
];

/** Returns the topics of a key or question; none when no word matches. */
export function topicsOf(words: string): readonly Topic[] {
  return topicsOfWords.find(([pattern]) => pattern.test(words))?.[1] ?? [];
}

/**
 * Fills a custom template. One with a text or questions gives the response of the public pages; any other keeps its
 * shape, and its texts and lists receive the content that their keys name.
 */
export function fillTemplate(source: Source, template: unknown, contentType: ContentType): unknown {
  const { template: text, questions, summaryRequired } = fieldsOf(template);
  if (typeof text !== "string" && !Array.isArray(questions)) return fill(source, template, "", contentType);
  const answers = (Array.isArray(questions) ? questions : []).map((question) =>
    answerOf(source, fieldsOf(question)),
  );
  return {
    content: typeof text === "string" ? fill(source, text, "", contentType) : null,
    questionAnswers: answers,
    ...(summaryRequired === true ? { summary: said(source, "summary") } : {}),
  };
}

/** Writes a custom template as a note: a heading for each of its keys. */
export function fillText(source: Source, template: unknown, contentType: ContentType): string {
  const blocks = Object.entries(fieldsOf(template)).flatMap(([key, part]) => {
    const filled = said(source, key) || said(source, typeof part === "string" ? part : "");
    return [
      { kind: "heading", text: key } as const,
      { kind: "paragraph", text: filled === "" ? "Not discussed." : filled } as const,
    ];
  });
  return renderBlocks(blocks, contentType).trimEnd();
}

function answerOf(source: Source, question: Record<string, unknown>): Record<string, unknown> {
  const { questionId, question: text, answerType, answerOptions, childQuestions } = question;
  const words = said(source, `${String(text)} ${String(question["description"] ?? "")}`);
  const options = (Array.isArray(answerOptions) ? answerOptions : []).map(
    (option) => fieldsOf(option)["value"],
  );
  const chosen = options.filter((value) => typeof value === "string" && words.includes(value));
  const values =
    options.length === 0 ? [words] : answerType === "MultipleResponse" ? chosen : chosen.slice(0, 1);
  const found = answerType === "DateResponse" ? [] : values.filter((value) => value !== "");
  return {
    questionId,
    question: text,
    answerType,
    answer: found.map((value) => ({ value })),
    ...(Array.isArray(childQuestions)
      ? { childQuestions: childQuestions.map((child) => answerOf(source, fieldsOf(child))) }
      : {}),
  };
}

const said = (source: Source, words: string): string =>
  statements(source, topicsOf(words), "GOLDILOCKS").join(" ");

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? { ...value } : {};

function fill(source: Source, value: unknown, key: string, contentType: ContentType): unknown {
  const said = statements(source, topicsOf(key), "GOLDILOCKS");
  if (typeof value === "string") {
    // A text can hold an instruction instead of being empty, which can contain more than its key.
    const found = said.length > 0 ? said : statements(source, topicsOf(value), "GOLDILOCKS");
    const text = found.join(" ");
    return contentType === "HTML" && text !== ""
      ? renderBlocks([{ kind: "paragraph", text }], contentType).trimEnd()
      : text;
  }
  if (Array.isArray(value)) {
    const isOfTexts = value.every((entry) => typeof entry === "string");
    return isOfTexts ? said : value.map((entry) => fill(source, entry, key, contentType));
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([name, part]) => [
      name,
      fill(source, part, name, contentType),
    ]);
    return Object.fromEntries(entries);
  }
  return value;
}
