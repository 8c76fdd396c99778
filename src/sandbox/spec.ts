import { operations as rows } from "../../generated/operations.ts";
import { components as generatedComponents, operationSchemas } from "../../generated/schemas.ts";
import type { Operation } from "../http/operation.ts";
import type { Components, Schema } from "./schema.ts";

/** A path or query parameter. */
export interface SpecParameter {
  readonly in: "path" | "query";
  readonly name: string;
  readonly required: boolean;
  readonly schema: Schema;
}

/** One operation for the sandbox: the table's row, and the schemas of its inputs and responses. */
export interface SpecOperation {
  readonly row: Operation;
  readonly parameters: readonly SpecParameter[];
  readonly body:
    | { readonly kind: "json" | "multipart"; readonly required: boolean; readonly schema: Schema }
    | undefined;
  readonly successStatus: number;
  /** The media type of the response, if it has a body. */
  readonly successType: string | undefined;
  readonly successSchema: Schema | undefined;
  readonly successExample: unknown;
}

/** The spec's named schemas. */
export const components: Components = generatedComponents as Components;

/** Every operation of the effective spec. */
export const specOperations: readonly SpecOperation[] = Object.values(rows).map(toSpecOperation);

function toSpecOperation(row: Operation): SpecOperation {
  const schemas = operationSchemas[row.id];
  const success = schemas?.responses[0];
  const status = Number(success?.status);
  return {
    row,
    parameters: (schemas?.parameters ?? []) as readonly SpecParameter[],
    body: row.body && {
      kind: row.body.kind,
      required: schemas?.requestBody?.required ?? row.body.required,
      schema: (schemas?.requestBody?.schema ?? {}) as Schema,
    },
    // A range such as `2XX` leaves the choice to us.
    successStatus: Number.isInteger(status) ? status : 200,
    successType: success?.contentType,
    successSchema: success?.schema as Schema | undefined,
    successExample: success?.example,
  };
}
