import ts from "typescript";
import { Token } from "../../../src/auth/token.ts";
import { ApiClient } from "../../../src/http/client.ts";
import type { Operation, OperationClient } from "../../../src/http/operation.ts";
import type { Credentials } from "../../../src/http/settings.ts";
import { InFlightRequests } from "../../../src/http/signal.ts";
import { Log } from "../../../src/log.ts";
import type { Rule } from "../../../src/utils/validate.ts";

type Method = (...input: unknown[]) => PromiseLike<unknown> & { toArray?: () => Promise<unknown[]> };
type Api = Record<string, Record<string, Method>>;
interface ClientModule {
  createUserApi(caller: OperationClient): Api;
  createTenantApi(caller: OperationClient): Api;
}

/** Generated code, running over the real transport. */
export interface GeneratedClient {
  readonly operations: readonly Operation[];
  /** Calls the generated method of an operation with arguments made up from its rules, and reads the answer. */
  call(operation: Operation): Promise<unknown>;
}

const moduleOf = (text: string): string =>
  `data:text/javascript,${encodeURIComponent(ts.transpileModule(text, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } }).outputText)}`;

/** Loads generated files from memory. */
export async function loadClient(
  files: ReadonlyMap<string, string>,
  baseUrl: string,
  fetch: (input: string, init: RequestInit) => Promise<Response>,
): Promise<GeneratedClient> {
  const table = moduleOf(files.get("operations.ts") ?? "");
  const { operations } = (await import(/* @vite-ignore */ table)) as {
    operations: Record<string, Operation>;
  };
  const source = (files.get("client.ts") ?? "").replace('"./operations.ts"', JSON.stringify(table));
  const client = (await import(/* @vite-ignore */ moduleOf(source))) as ClientModule;
  const transport = createTransport(baseUrl, fetch);
  const token = new Token("a.b.c", "2099-01-01T00:00:00Z");
  const tokens = { renewable: false, peek: () => token, get: async () => token, invalidate: () => undefined };
  const apis: Record<string, Api> = {
    user: client.createUserApi(transport.forCredentials({ kind: "bearer", tokens } as Credentials)),
    tenant: client.createTenantApi(transport.forCredentials({ kind: "apiKey", header: "x-key", key: "k" })),
  };
  return {
    operations: Object.values(operations),
    call: async (operation) => {
      const [group = "", method = ""] = operation.name.split(".");
      const run = apis[operation.auth === "apiKey" ? "tenant" : "user"]?.[group]?.[method];
      if (!run) throw new Error(`${operation.id}: the client has no ${operation.name}`);
      const call = run(...argumentsOf(operation));
      return operation.response === "stream" ? await call.toArray?.() : await call;
    },
  };
}

function createTransport(
  baseUrl: string,
  fetch: (input: string, init: RequestInit) => Promise<Response>,
): ApiClient {
  return new ApiClient({
    baseUrl,
    dialect: "auto",
    httpClient: undefined,
    fetch,
    maxConnections: undefined,
    timeoutMs: undefined,
    totalTimeoutMs: undefined,
    maxRetries: 0,
    headers: {},
    middleware: [],
    log: new Log({}, "off"),
    random: Math.random,
    nowMs: Date.now,
    inFlight: new InFlightRequests(),
  });
}

function argumentsOf({ pathParameters, query, body }: Operation): unknown[] {
  return [
    ...pathParameters.map(() => "id-1"),
    ...(body ? [sample(body.fields)] : []),
    ...(query ? [sample(query)] : []),
  ];
}

function sample(rules: Readonly<Record<string, Rule>>): Record<string, unknown> {
  const required = Object.entries(rules).filter(([, rule]) => rule.required);
  return Object.fromEntries(required.map(([name, rule]) => [name, madeUp(rule)]));
}

function madeUp({ type, enum: values, minimum, contentType }: Rule): unknown {
  if (values) return values[0];
  if (type === "file")
    return {
      data: new Uint8Array([1]),
      filename: "a.ogg",
      contentType: contentType?.replace("*", "ogg") ?? "audio/ogg",
    };
  if (type === "array") return ["a"];
  if (type === "object") return {};
  if (type === "boolean") return true;
  return type === "integer" || type === "number" ? (minimum ?? 1) : "text";
}
