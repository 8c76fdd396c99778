import type { HeidiUser } from "../../index.ts";

/** The type of one field of a tool's input or output, as JSON Schema. */
export interface FieldSchema {
  readonly type: "string" | "integer" | "number" | "boolean" | "array" | "object";
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: FieldSchema;
  readonly properties?: Fields;
}

export type Fields = Readonly<Record<string, FieldSchema>>;

/** A JSON Schema of an object. */
export interface ObjectSchema {
  readonly [key: string]: unknown;
  readonly type: "object";
  readonly properties: Record<string, FieldSchema>;
  readonly required: string[];
}

type FieldValue<F extends FieldSchema> = F extends { enum: readonly (infer E)[] }
  ? E
  : F extends { type: "string" }
    ? string
    : F extends { type: "integer" | "number" }
      ? number
      : F extends { type: "boolean" }
        ? boolean
        : unknown;

/** The checked input of a tool. */
type InputOf<F extends Fields, R extends keyof F> = {
  readonly [Name in R]: FieldValue<F[Name]>;
} & { readonly [Name in Exclude<keyof F, R>]?: FieldValue<F[Name]> };

/** What a tool does to the data at Heidi, for clients that ask their user before a call. */
export interface ToolEffect {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  /** False for every tool: each one talks to Heidi only. */
  readonly openWorldHint: false;
}

/** The effect of a tool that changes nothing. */
export const READS: ToolEffect = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** The clinician that a tool is for, and the signal of its call. */
export interface ToolContext {
  readonly clinician: HeidiUser;
  readonly signal: AbortSignal;
}

/** The result of a tool. */
export interface ToolResult {
  /** The result as fields, as the output schema describes them. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The result as text, for a model; default: the fields as JSON. */
  readonly text?: string;
}

/** One tool of the server. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly effect: ToolEffect;
  /** What a client's user sees during a long call. */
  readonly progress: string;
  readonly inputSchema: ObjectSchema;
  readonly outputSchema: ObjectSchema;
  /** Runs the tool. The input fits the schema. */
  run(input: unknown, context: ToolContext): Promise<ToolResult>;
}

interface ToolDefinition<F extends Fields, R extends keyof F & string>
  extends Pick<Tool, "name" | "title" | "description" | "effect" | "progress"> {
  readonly input: F;
  readonly required: readonly R[];
  /** The fields of the result. All are optional but these: the API can omit nearly everything. */
  readonly output: Fields;
  readonly always: readonly string[];
  run(input: InputOf<F, R>, context: ToolContext): Promise<ToolResult>;
}

/** Creates a tool whose `run` takes the input in the types of its schema. */
export function defineTool<F extends Fields, R extends keyof F & string>({
  input,
  required,
  output,
  always,
  run,
  ...facts
}: ToolDefinition<F, R>): Tool {
  return {
    ...facts,
    inputSchema: {
      type: "object",
      properties: { ...input },
      required: [...required],
      additionalProperties: false,
    },
    outputSchema: { type: "object", properties: { ...output }, required: [...always] },
    run: (given, context) => run(given as InputOf<F, R>, context),
  };
}
