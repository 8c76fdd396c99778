import { readOperations } from "../spec/model.ts";
import { SpecError } from "../spec/problem.ts";
import { parseSource, type Source } from "../spec/source.ts";
import { type Spec, trySpec } from "../spec/spec.ts";
import { validate } from "../spec/validate.ts";
import { cutActions, findMoves, followMoves, type OverlayText } from "./overlays.ts";

/** The overlays as they fit a new description, and what had to be done to them. */
export interface Fit {
  readonly spec: Spec;
  readonly overlays: readonly OverlayText[];
  readonly notes: readonly string[];
}

/**
 * Overlay actions follow an operation that has moved, and go with what has gone. One whose fix has arrived upstream
 * stops the bump: a person should see that the patch is no longer ours.
 */
export function fitOverlays(before: Source, after: Source, written: readonly OverlayText[]): Fit {
  const moves = findMoves(before.value, after.value);
  const moved = followMoves(written, moves);
  const { spec, idle } = trySpec(
    after,
    moved.map(({ name, text }) => parseSource(name, text)),
  );
  const arrived = idle.filter(({ reason }) => reason === "arrived");
  if (arrived.length > 0) throw new SpecError(arrived.map(({ problem }) => problem));
  validate(spec);
  readOperations(spec);
  const followed = moves.filter(({ from }) => !from.endsWith("*"));
  return {
    spec,
    overlays: cutActions(moved, idle),
    notes: [
      ...followed.map(({ id, from, to }) => `overlay actions of \`${id}\` followed it from ${from} to ${to}`),
      ...idle.map(({ target, why }) => `an overlay action was removed, as ${target} is gone ("${why}")`),
    ],
  };
}
