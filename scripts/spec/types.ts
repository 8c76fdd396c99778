import type { JsonObject, Pointer } from "./json.ts";
import type { Spec } from "./spec.ts";

/** An operation of the document: its place, and its own and inherited parameters with references resolved. */
export interface RawOperation {
  readonly path: string;
  /** The HTTP method in upper case. */
  readonly method: string;
  readonly pointer: Pointer;
  readonly operation: JsonObject;
  readonly pathItem: JsonObject;
  readonly parameters: readonly JsonObject[];
}

/** The operation being read; `fail` reports an unsupported feature with the operation's name and place. */
export interface Context {
  readonly spec: Spec;
  readonly raw: RawOperation;
  readonly id: string;
  fail(message: string, ...below: string[]): never;
}
