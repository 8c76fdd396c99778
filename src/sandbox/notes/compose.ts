import type { Template } from "../fixtures/templates.ts";
import type { Finding, Topic } from "../fixtures/types.ts";
import { inLanguage } from "./language.ts";
import { type Block, type ContentType, renderBlocks } from "./markup.ts";
import type { Source } from "./source.ts";

/** The style of a note. */
export interface Manner {
  readonly voiceStyle: string;
  readonly brain: string;
  readonly contentType: ContentType;
  readonly addition: string;
}

/** Writes a note or document: the template's sections, filled with the findings that the transcript supports. */
export function composeNote(source: Source, template: Template, manner: Manner): string {
  const isLetter = template.category === "DOCUMENT_TEMPLATE";
  const asProse = isLetter || manner.brain === "RIGHT" || manner.voiceStyle === "MY_VOICE";
  const say = (words: string): string => inLanguage(source.languageCode, words);
  const blocks: Block[] = [];
  if (source.patient !== undefined)
    blocks.push({ kind: "paragraph", text: `${say("Patient")}: ${source.patient}` });
  if (template.opening !== undefined) blocks.push({ kind: "paragraph", text: say(template.opening) });
  for (const { heading, topics } of template.sections) {
    blocks.push(...section(say(heading), statements(source, topics, manner.voiceStyle), asProse));
  }
  blocks.push(...section(say("Clinician's notes"), source.clinicianNotes, asProse));
  blocks.push(
    ...section(say("Additional"), manner.addition.trim() === "" ? [] : [manner.addition.trim()], true),
  );
  const { documents } = source;
  if (documents.length > 0) blocks.push(...section(say("Documents considered"), documents, false));
  if (template.closing !== undefined) blocks.push({ kind: "paragraph", text: say(template.closing) });
  return renderBlocks(blocks, manner.contentType);
}

function section(heading: string, items: readonly string[], asProse: boolean): Block[] {
  if (items.length === 0) return [];
  const content: Block = asProse ? { kind: "paragraph", text: items.join(" ") } : { kind: "list", items };
  return [{ kind: "heading", text: heading }, content];
}

/** Returns the findings about the topics, in the length of the voice style. */
export function statements(source: Source, topics: readonly Topic[], voiceStyle: string): string[] {
  return topics.flatMap((topic) =>
    source.findings
      .filter((finding) => finding.topic === topic)
      .map((finding) => inStyle(finding, voiceStyle, inLanguage(source.languageCode, "In the consult"))),
  );
}

function inStyle(finding: Finding, voiceStyle: string, inTheConsult: string): string {
  const detail = finding.detail === undefined ? "" : ` ${finding.detail}`;
  switch (voiceStyle) {
    case "BRIEF":
      return finding.brief;
    case "DETAILED":
      return `${finding.full}${detail}`;
    case "SUPER_DETAILED":
      return `${finding.full}${detail} (${inTheConsult}: "${finding.said}".)`;
    default:
      return finding.full;
  }
}
