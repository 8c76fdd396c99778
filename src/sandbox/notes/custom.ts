import type { Topic } from "../consults/types.ts";
import { statements } from "./compose.ts";
import { type ContentType, renderBlocks } from "./markup.ts";
import type { Source } from "./source.ts";

// The first entry whose words are in a key decides; headings come before their parts.
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

/** The topics that a key or question is about; none when its words say nothing. */
export function topicsOf(words: string): readonly Topic[] {
  return topicsOfWords.find(([pattern]) => pattern.test(words))?.[1] ?? [];
}

/** Fills a client's own template: its shape stays, its texts and lists take what the keys ask for. */
export function fillTemplate(source: Source, template: unknown, contentType: ContentType): unknown {
  return fill(source, template, "", contentType);
}

function fill(source: Source, value: unknown, key: string, contentType: ContentType): unknown {
  const said = statements(source, topicsOf(key), "GOLDILOCKS");
  if (typeof value === "string") {
    // A text may hold an instruction instead of being empty, and so may say more than its key.
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
