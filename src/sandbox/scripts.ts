import { HeidiArgumentError } from "../errors.ts";
import { clone } from "../utils/values.ts";
import type { HandlerContext, HandlerResponse } from "./handler-context.ts";
import { operationNamed } from "./names.ts";
import { safeMessageOf, streamPieces } from "./notes/stream.ts";
import type { SpecOperation } from "./spec.ts";
import { requireValid } from "./validation.ts";

/** The inputs of a scripted answer that is a function. */
export interface ScriptedRequest {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Options of a scripted answer. */
export interface ScriptOptions {
  /** The number of requests that it answers. Default: all of them. Answers with a count are used first, in their order. */
  readonly times?: number | undefined;
  /** The pause between two pieces of a stream, in milliseconds. Default: the sandbox's. */
  readonly streamDelayMs?: number | undefined;
}

interface Script {
  readonly operation: SpecOperation;
  readonly answer: unknown;
  readonly streamDelayMs: number | undefined;
  left: number;
}

/** The scripted answers of a sandbox. */
export class ScriptPlan {
  readonly #operations: readonly SpecOperation[];
  #scripts: Script[] = [];

  constructor(operations: readonly SpecOperation[]) {
    this.#operations = operations;
  }

  add(name: string, answer: unknown, options: ScriptOptions = {}): void {
    const operation = operationNamed(this.#operations, name);
    if (operation === undefined)
      throw new HeidiArgumentError("operation", "A scripted answer is for one operation, not for all.");
    const { times, streamDelayMs, ...unknown } = options;
    if (Object.keys(unknown).length > 0)
      throw new HeidiArgumentError(
        "options",
        "A scripted answer takes the options `times` and `streamDelayMs`.",
      );
    if (times !== undefined && !(Number.isInteger(times) && times >= 1))
      throw new HeidiArgumentError("options.times", "`times` must be an integer of at least 1.");
    if (streamDelayMs !== undefined && !(Number.isInteger(streamDelayMs) && streamDelayMs >= 0))
      throw new HeidiArgumentError(
        "options.streamDelayMs",
        "`streamDelayMs` must be an integer of at least 0.",
      );
    if (typeof answer !== "function") checkAnswer(operation, answer);
    if (times === undefined) {
      this.#scripts = this.#scripts.filter(
        (script) => script.operation !== operation || script.left !== Number.POSITIVE_INFINITY,
      );
    }
    const left = times ?? Number.POSITIVE_INFINITY;
    // A copy: later changes by the caller do not affect the script.
    const kept = typeof answer === "function" ? answer : clone(answer);
    this.#scripts.push({ operation, answer: kept, streamDelayMs, left });
  }

  /** Returns the scripted answer to a call; undefined when there is none. */
  async take(operation: SpecOperation, call: HandlerContext): Promise<HandlerResponse | undefined> {
    const mine = this.#scripts.filter(
      (script) => script.operation.row.id === operation.row.id && script.left > 0,
    );
    const script = mine.find(({ left }) => left !== Number.POSITIVE_INFINITY) ?? mine[0];
    if (script === undefined) return undefined;
    script.left -= 1;
    if (typeof script.answer !== "function") return toHandlerResponse(script, script.answer, call);
    const request: ScriptedRequest = {
      path: Object.fromEntries(call.path),
      query: Object.fromEntries(call.query),
      body: Object.fromEntries(call.body),
    };
    const answer: unknown = await script.answer(request);
    checkAnswer(operation, answer);
    return toHandlerResponse(script, answer, call);
  }

  clear(): void {
    this.#scripts = [];
  }
}

function checkAnswer({ row, successSchema }: SpecOperation, answer: unknown): void {
  const what = `The scripted answer of \`${row.name}\``;
  switch (row.response) {
    case "stream": {
      const texts = { type: "array", items: { type: "string" } };
      requireValid("answer", what, answer, typeof answer === "string" ? {} : texts);
      return;
    }
    case "empty":
      if (answer === undefined || answer === null) return;
      throw new HeidiArgumentError(
        "answer",
        `${what} must be undefined: the operation answers without a body.`,
      );
    default:
      if (answer === undefined) throw new HeidiArgumentError("answer", `${what} is missing.`);
      requireValid("answer", what, answer, successSchema ?? {});
  }
}

function toHandlerResponse(
  script: Script,
  answer: unknown,
  { context, signal }: HandlerContext,
): HandlerResponse {
  switch (script.operation.row.response) {
    case "stream": {
      const pieces = typeof answer === "string" ? safeMessageOf(answer) : [...(answer as readonly string[])];
      const delayMs = script.streamDelayMs ?? context.streamDelayMs;
      return { kind: "text", pieces: streamPieces(context, pieces, delayMs, signal) };
    }
    case "empty":
      return { kind: "empty" };
    default:
      return { kind: "json", value: answer };
  }
}
