import type { Consult, Finding, Line, Topic } from "./types.ts";

/** The id of a consult that somebody wrote for a test. */
export const OWN_ID = "own";

// The first that fits decides. What a clinician means to do comes before what it is about.
const topicsOfLines: readonly (readonly [RegExp, Topic])[] = [
  [
    /\bcome (straight )?back|see you (again )?in|follow.?up|\bif (it|they|you)\b.*\b(worse|severe|fever)|vuelva/i,
    "followUp",
  ],
  [
    /^(please|let's|we('ll| will)|i('ll| will| would like)|stop|start|keep|use)\b|prescri|le receto|beba/i,
    "plan",
  ],
  [/\bi think\b|diagnos|(looks|sounds) like|this is (a|an)\b|\bes una?\b/i, "assessment"],
  [/allerg|al[eé]rgi/i, "allergies"],
  [
    /\b(mg|milligrams?|micrograms?|µg|tablets?|medication|inhaler|tomo|miligramos|microgramos)\b/i,
    "medications",
  ],
  [/smok|cigarette|alcohol|\bwine\b|\bwork as\b|\blive (with|alone)\b|\bfumo\b|trabajo/i, "social"],
  [
    /\bx-?ray|\bscan\b|blood test|\bECG\b|swab|\bsample\b|dip ?stick|tira de orina|cultivo/i,
    "investigations",
  ],
  [
    /\bpulse\b|temperature|blood pressure (today )?is|swollen|tender|examin|heart sounds|abdomen|exploraci/i,
    "examination",
  ],
  [/\b(years ago|history of|had .* before|known)\b|hace .* años/i, "background"],
];

/**
 * A consult from a text alone: what the sandbox knows of other consults where their very words are in it, and its other
 * lines as they stand, each under the topic that its words are about. Questions and a word of thanks say nothing.
 */
export function consultOfText(text: string, known: readonly Consult[]): Consult {
  const spoken = text.split("\n").filter((line) => line.trim() !== "");
  const lines = spoken.map((line): Line => ({ speaker: "clinician", text: line }));
  const recognised = known.flatMap(({ findings }) => findings).filter(({ said }) => text.includes(said));
  const unknown = spoken.filter(
    (line) =>
      !recognised.some(({ said }) => line.includes(said)) && !known.some((one) => isLineOf(one, line)),
  );
  return {
    id: OWN_ID,
    title: "A consult of one's own",
    languageCode: /[¿¡ñ]/.test(text) ? "es" : "en",
    recordingSha256: "",
    recordingSeconds: Math.max(1, Math.round(text.split(/\s+/).length / 2.5)),
    lines,
    findings: [...recognised, ...findingsOf(unknown)],
    entities: known.flatMap(({ entities }) => entities).filter(({ said }) => text.includes(said)),
  };
}

function isLineOf({ lines }: Consult, line: string): boolean {
  return lines.some(({ text }) => text === line);
}

function findingsOf(lines: readonly string[]): Finding[] {
  const findings: Finding[] = [];
  for (const line of lines) {
    // A name in front, as in `Doctor: …`, is no part of what is said.
    const said = line.replace(/^\s*[^\s:]{1,20}( [^\s:]{1,20})?:\s+/, "").trim();
    const words = said.split(/\s+/);
    if (said.endsWith("?") || words.length < 4) continue;
    const isFirst = !findings.some(({ topic }) => topic === "reason");
    const topic =
      topicsOfLines.find(([pattern]) => pattern.test(said))?.[1] ?? (isFirst ? "reason" : "history");
    const brief =
      words.length > 7
        ? `${words
            .slice(0, 7)
            .join(" ")
            .replace(/[,.;:]$/, "")} …`
        : said;
    findings.push({ topic, brief, full: said, said });
  }
  return findings;
}
