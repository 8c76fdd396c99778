import { readFileSync } from "node:fs";
import { isMap, isSeq, parseDocument } from "yaml";
import { overlayFiles } from "../spec/effective.ts";
import { type JsonObject, textAt } from "../spec/json.ts";
import { readOperations } from "../spec/model.ts";
import type { UnusedAction } from "../spec/overlay.ts";
import { listOperations } from "../spec/paths.ts";
import { SpecError } from "../spec/problem.ts";
import { parseSource, type Source } from "../spec/source.ts";
import { type Spec, trySpec } from "../spec/spec.ts";
import { validate } from "../spec/validate.ts";

/** An overlay file: its name and its text. */
export interface OverlayText {
  readonly name: string;
  readonly text: string;
}

/** The overlays after the rebase onto a new description, and a note for each change to them. */
export interface RebasedOverlays {
  readonly spec: Spec;
  readonly overlays: readonly OverlayText[];
  readonly notes: readonly string[];
}

/**
 * Rebases the overlays onto a new description: actions follow an operation that moved, and are removed with a target
 * that no longer exists, or that has the text itself which they fill in. Any other action that upstream already includes
 * stops the bump, so that a maintainer deletes it.
 */
export function rebaseOverlays(
  before: Source,
  after: Source,
  written: readonly OverlayText[],
): RebasedOverlays {
  const moves = findMoves(before.value, after.value);
  const moved = followMoves(written, moves);
  const { spec, unused } = trySpec(
    after,
    moved.map(({ name, text }) => parseSource(name, text)),
  );
  const arrived = unused.filter(({ reason }) => reason === "arrived");
  if (arrived.length > 0) throw new SpecError(arrived.map(({ problem }) => problem));
  validate(spec);
  readOperations(spec);
  const followed = moves.filter(({ from }) => !from.endsWith("*"));
  return {
    spec,
    overlays: cutActions(moved, unused),
    notes: [
      ...followed.map(({ id, from, to }) => `moved the overlay actions of \`${id}\` from ${from} to ${to}`),
      ...unused.map(
        ({ target, why, reason }) =>
          `removed an overlay action, because ${target} ${reason === "filled" ? "has a text of its own" : "no longer exists"} ("${why}")`,
      ),
    ],
  };
}

/** Reads the project's overlays from disk. */
export function readOverlays(root: string): OverlayText[] {
  return overlayFiles(root).map((name) => ({ name, text: readFileSync(`${root}/${name}`, "utf8") }));
}

/** Removes the given actions from the overlays; keeps comments and layout of the rest. */
export function cutActions(
  overlays: readonly OverlayText[],
  unused: readonly Pick<UnusedAction, "overlay" | "index">[],
): OverlayText[] {
  return overlays.map(({ name, text }) => {
    const indexes = unused.filter(({ overlay }) => overlay === name).map(({ index }) => index);
    return { name, text: cutItems(text, indexes) };
  });
}

function cutItems(text: string, indexes: readonly number[]): string {
  if (indexes.length === 0) return text;
  const { contents } = parseDocument(text);
  const actions = isMap(contents) ? contents.get("actions") : undefined;
  if (!isSeq(actions)) return text;
  const ranges = indexes.map((index) => {
    const node = actions.items[index];
    const [start, end] = (isMap(node) ? node.range : undefined) ?? [0, 0];
    return [text.lastIndexOf("\n", start) + 1, lineAfter(text, end)] as const;
  });
  return ranges
    .sort(([a], [b]) => b - a)
    .reduce((rest, [start, end]) => rest.slice(0, start) + rest.slice(end), text);
}

function lineAfter(text: string, end: number): number {
  if (text[end - 1] === "\n") return end;
  const line = text.indexOf("\n", end);
  return line === -1 ? text.length : line + 1;
}

/** A change of an operation's path or method under the same id, as the starts of overlay targets. */
export interface Move {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

/** Finds the operations that moved, by their ids. */
export function findMoves(before: JsonObject, after: JsonObject): Move[] {
  const places = new Map(listOperations(after).map((raw) => [textAt(raw.operation, "operationId"), raw]));
  const paths = new Set(listOperations(after).map(({ path }) => path));
  return listOperations(before).flatMap((old): Move[] => {
    const id = textAt(old.operation, "operationId") ?? "";
    const now = places.get(id);
    if (!now || (now.path === old.path && now.method === old.method)) return [];
    const target = (path: string, method: string): string => `$.paths['${path}'].${method.toLowerCase()}`;
    const exact = { id, from: target(old.path, old.method), to: target(now.path, now.method) };
    // A wildcard follows only when no operation is left at the old path.
    const isWhole = now.path !== old.path && !paths.has(old.path);
    return isWhole ? [exact, { id, from: target(old.path, "*"), to: target(now.path, "*") }] : [exact];
  });
}

/** Rewrites the targets of overlay actions for operations that moved. */
export function followMoves(overlays: readonly OverlayText[], moves: readonly Move[]): OverlayText[] {
  return overlays.map(({ name, text }) => ({
    name,
    text: text.replaceAll(/^(\s*-?\s*target: )(\$.*)$/gm, (line: string, lead: string, target: string) => {
      const move = moves.find(({ from }) => target === from || target.startsWith(`${from}.`));
      return move ? `${lead}${move.to}${target.slice(move.from.length)}` : line;
    }),
  }));
}
