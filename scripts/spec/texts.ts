import { type Json, textAt } from "./json.ts";

/** The key of an enum's meanings: an object with a text for each value. */
export const MEANINGS = "x-enumDescriptions";

/** Returns the description of a node, or its summary, followed by what an overlay adds to it. */
export function descriptionOf(node: Json | undefined): string | undefined {
  const note = textAt(node, "x-sdk-note");
  const text = textAt(node, "description") ?? (note === undefined ? undefined : textAt(node, "summary"));
  return note === undefined ? text : `${(text ?? "").trim().replace(/(?<=[^.!?:])$/, ".")} ${note}`.trim();
}
