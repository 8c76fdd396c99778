import { get, isObject, listAt, objectAt, textAt } from "../spec/json.ts";
import type { OperationModel } from "../spec/model.ts";
import { stop } from "../spec/problem.ts";
import { apiKeyHeader } from "../spec/security.ts";
import type { Spec } from "../spec/spec.ts";
import { header } from "./text.ts";

/** `generated/server.ts`: the default address and the header of the API key. */
export function emitServer(spec: Spec, models: readonly OperationModel[]): string {
  const server = listAt(spec.document, "servers")[0];
  const place = spec.locate(["servers", 0]);
  const url = textAt(server, "url");
  if (url === undefined || !/^https?:\/\//.test(url)) {
    stop(place, "servers[0].url must be an absolute URL: it is the SDK's default address");
  }
  if (isObject(get(server, "variables")) && Object.keys(objectAt(server, "variables")).length > 0) {
    stop(place, "servers[0] has variables, which the SDK does not know: write the URL out in an overlay");
  }
  const keyHeader = apiKeyHeader(
    { spec },
    models.some(({ auth }) => auth === "apiKey"),
  );
  return `${header("Where the API is.")}/** The address of the spec's first server. */
export const serverUrl: string = ${JSON.stringify(url)};

/** The header that carries the API key; undefined when no operation needs one. */
export const apiKeyHeader: string | undefined = ${JSON.stringify(keyHeader) ?? "undefined"};
`;
}
