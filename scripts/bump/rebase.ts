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

/** The overlays as they fit a new description, and what had to be done to them. */
export interface RebasedOverlays {
  readonly spec: Spec;
  readonly overlays: readonly OverlayText[];
  readonly notes: readonly string[];
}

/**
 * Overlay actions follow an operation that has moved, and go with what has gone. One whose fix has arrived upstream
 * stops the bump: a person should see that the patch is no longer ours.
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
      ...followed.map(({ id, from, to }) => `overlay actions of \`${id}\` followed it from ${from} to ${to}`),
      ...unused.map(({ target, why }) => `an overlay action was removed, as ${target} is gone ("${why}")`),
    ],
  };
}

/** The project's overlays, as they are on disk. */
export function readOverlays(root: string): OverlayText[] {
  return overlayFiles(root).map((name) => ({ name, text: readFileSync(`${root}/${name}`, "utf8") }));
}

/** The overlays with the given actions cut out, comments and layout of the rest untouched. */
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

/** An operation that has kept its id and changed its place; overlays follow it there. */
export interface Move {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

/** What the paths of operations became, by their ids, both as the beginnings of overlay targets. */
export function findMoves(before: JsonObject, after: JsonObject): Move[] {
  const places = new Map(listOperations(after).map((raw) => [textAt(raw.operation, "operationId"), raw]));
  const paths = new Set(listOperations(after).map(({ path }) => path));
  return listOperations(before).flatMap((old): Move[] => {
    const id = textAt(old.operation, "operationId") ?? "";
    const now = places.get(id);
    if (!now || (now.path === old.path && now.method === old.method)) return [];
    const target = (path: string, method: string): string => `$.paths['${path}'].${method.toLowerCase()}`;
    const exact = { id, from: target(old.path, old.method), to: target(now.path, now.method) };
    // A wildcard follows only when nothing is left where it was.
    const isWhole = now.path !== old.path && !paths.has(old.path);
    return isWhole ? [exact, { id, from: target(old.path, "*"), to: target(now.path, "*") }] : [exact];
  });
}

/** Rewrites the targets of overlay actions for operations that have moved. */
export function followMoves(overlays: readonly OverlayText[], moves: readonly Move[]): OverlayText[] {
  return overlays.map(({ name, text }) => ({
    name,
    text: text.replaceAll(/^(\s*-?\s*target: )(\$.*)$/gm, (line: string, lead: string, target: string) => {
      const move = moves.find(({ from }) => target === from || target.startsWith(`${from}.`));
      return move ? `${lead}${move.to}${target.slice(move.from.length)}` : line;
    }),
  }));
}
