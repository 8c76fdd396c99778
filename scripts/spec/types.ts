import type { JsonObject, Pointer } from "./json.ts";
import type { Spec } from "./spec.ts";

/** An operation as it is written, with its place and its own and inherited parameters, references followed. */
export interface RawOperation {
  readonly path: string;
  /** Upper case. */
  readonly method: string;
  readonly pointer: Pointer;
  readonly operation: JsonObject;
  readonly pathItem: JsonObject;
  readonly parameters: readonly JsonObject[];
}

/** How a step reports what it does not know: with the operation's name and the place. */
export interface Context {
  readonly spec: Spec;
  readonly raw: RawOperation;
  readonly id: string;
  fail(message: string, ...below: string[]): never;
}
