import { type ClientOptions, Heidi, type StandaloneHeidiUser } from "heidi-health-sdk";

/** A request as the scripted API sees it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface ScriptedApi {
  readonly clinician: StandaloneHeidiUser;
  readonly seen: Seen[];
}

/** The real client over a fetch that answers as it is told; throw a `Response` or an error to fail. */
export function scriptedApi(
  answer: (request: Seen) => unknown,
  options: Pick<ClientOptions, "dialect"> = {},
): ScriptedApi {
  const seen: Seen[] = [];
  const fetch = async (input: string, init: RequestInit): Promise<Response> => {
    const url = new URL(input);
    const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
    const request = { method: init.method ?? "GET", path: url.pathname, query: url.searchParams, body };
    seen.push(request);
    const answered = await answer(request);
    return answered instanceof Response ? answered : Response.json(answered);
  };
  const baseUrl = "http://localhost:1";
  const clinician = Heidi.withToken("jwt", { baseUrl, fetch, maxRetries: 0, ...options });
  return { clinician, seen };
}
