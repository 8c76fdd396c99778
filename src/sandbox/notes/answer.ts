import type { Topic } from "../fixtures/types.ts";
import { statements } from "./compose.ts";
import { topicsOf } from "./custom.ts";
import { inLanguage } from "./language.ts";
import { type Block, type ContentType, renderBlocks } from "./markup.ts";
import type { Source } from "./source.ts";

const summary: readonly Topic[] = ["reason", "assessment", "plan", "followUp"];

/** Answers a question about the consult, from the transcript and from the text in the question. */
export function answerQuestion(
  source: Source,
  question: string,
  content: string,
  contentType: ContentType,
): string {
  const asked = topicsOf(question);
  const found = statements(source, asked, "GOLDILOCKS");
  const items = found.length > 0 ? found : statements(source, summary, "GOLDILOCKS");
  const blocks: Block[] = [];
  if (items.length > 0) {
    const opening = found.length > 0 ? "From this consult:" : "A summary of this consult:";
    blocks.push(
      { kind: "paragraph", text: inLanguage(source.languageCode, opening) },
      { kind: "list", items },
    );
  } else {
    const [first] = plainText(content).split(/(?<=[.!?])\s/);
    const text =
      first === undefined || first === ""
        ? "Nothing was recorded in this session yet, so there is nothing to answer from."
        : `The session has no transcript yet. The text you gave begins: ${first}`;
    blocks.push({ kind: "paragraph", text });
  }
  return renderBlocks(blocks, contentType);
}

function plainText(content: string): string {
  return content
    .replaceAll(/<[^<>]*>|[#*_>`]/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}
