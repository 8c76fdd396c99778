/** How much a change asks of those who use the package, in the words of semantic versioning. */
export type Impact = "major" | "minor" | "patch";

export function highest(impacts: readonly Impact[]): Impact | undefined {
  if (impacts.includes("major")) return "major";
  return impacts.includes("minor") ? "minor" : impacts[0];
}

/** The bump for an impact. Below 1.0 a breaking change is minor, as npm's `^0.x` ranges expect. */
export function bumpFor(impact: Impact, version: string): Impact {
  return impact === "major" && version.startsWith("0.") ? "minor" : impact;
}
