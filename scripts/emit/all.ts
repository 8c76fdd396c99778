import type { OperationModel } from "../spec/model.ts";
import { readOperations } from "../spec/model.ts";
import type { Spec } from "../spec/spec.ts";
import { emitClient } from "./client.ts";
import { acceptBothForms } from "./forms.ts";
import { emitOperations } from "./operations.ts";
import { emitSchema } from "./schema.ts";
import { emitSchemas } from "./schemas.ts";
import { emitServer } from "./server.ts";
import { markSides } from "./sides.ts";
import { nameTypes } from "./types.ts";

/** Every file of `generated/` by its name, for a validated spec. */
export async function generate(spec: Spec): Promise<Map<string, string>> {
  const { document } = spec;
  const models: OperationModel[] = readOperations(spec);
  const marked = markSides(document);
  acceptBothForms(marked, models);
  const types = nameTypes(document, marked, models);
  return new Map([
    ["schema.ts", await emitSchema(marked)],
    ["types.ts", types.source],
    ["operations.ts", emitOperations(models)],
    ["client.ts", emitClient(document, models, types)],
    ["schemas.ts", emitSchemas(document, models)],
    ["server.ts", emitServer(spec, models)],
  ]);
}
