import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build, type StdinOptions } from "esbuild";
import { Heidi } from "heidi-health-sdk";
import { createSandbox, type Sandbox } from "heidi-health-sdk/sandbox";

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** A chunk as it arrived. */
export interface ArrivedChunk {
  readonly index: number;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** A sandbox behind a server that keeps the bytes of each chunk, and the page's server on an origin of its own. */
export interface World {
  readonly pageUrl: string;
  readonly sandbox: Sandbox;
  /** What a page needs to record: a session and a token of its clinician. */
  begin(): Promise<{ readonly session_id: string; readonly token: string; readonly baseUrl: string }>;
  /** The chunks in order; of an index that arrived twice, the last one. */
  chunks(): ArrivedChunk[];
  /** What the page's own recorders wrote: a file for each. */
  originals(): Uint8Array[];
  /** The number of requests for chunks. */
  readonly requests: () => number;
  /** Lets chunks arrive without an answer, until it is called again. */
  setHanging(isHanging: boolean): void;
  reset(): void;
  close(): Promise<void>;
}

const documentation = readFileSync(at("docs/recording-in-a-browser.md"), "utf8");

/** The headers that the documentation gives a page, with the API's host of a test. */
function documentedHeaders(apiOrigin: string): [string, string][] {
  const block = /^```http\n([\s\S]*?)^```/m.exec(documentation)?.[1] ?? "";
  const lines = block.trim().split("\n");
  const headers = lines.map((line): [string, string] => {
    const at = line.indexOf(": ");
    const value = line.slice(at + 2).replace("https://au.api.heidihealth.com", apiOrigin);
    return [line.slice(0, at), value];
  });
  if (!block.includes("Content-Security-Policy: ") || !headers.some(([, value]) => value.includes(apiOrigin)))
    throw new Error("the documentation has no policy with the API's host");
  return headers;
}

/** The documentation's sample with a `MediaRecorder`, as a module whose function gets the names that the sample assumes. */
function sampleModule(): string {
  const code = /^## Use `MediaRecorder` yourself\n[\s\S]*?^```ts\n([\s\S]*?)^```/m.exec(documentation)?.[1];
  const [, imports = "", statements] = /^((?:import .*\n)+)([\s\S]*)$/.exec(code ?? "") ?? [];
  if (statements === undefined) throw new Error("the documentation has no sample with a MediaRecorder");
  return `${imports}
export async function record({ getToken, baseUrl, session_id, stopButton, show }) {
${statements}
}`;
}

async function bundle(entry: { entryPoints: string[] } | { stdin: StdinOptions }): Promise<string> {
  const { outputFiles } = await build({
    ...entry,
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    alias: {
      "#http-client": at("src/http/fetch-client.ts"),
      "#platform": at("src/sandbox/platform-none.ts"),
      "heidi-health-sdk": at("src/index.ts"),
      "heidi-health-sdk/browser": at("src/browser.ts"),
    },
  });
  return outputFiles[0]?.text ?? "";
}

async function read(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function listen(
  serve: (incoming: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<[Server, string]> {
  const server = createServer({ keepAliveTimeout: 120_000 }, (incoming, response) => {
    serve(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return [server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`];
}

export async function startWorld(): Promise<World> {
  const resolveDir = at("test/browsers");
  const scripts: Readonly<Record<string, string>> = {
    "/page.js": await bundle({ entryPoints: [at("test/browsers/page.ts")] }),
    "/sample.js": await bundle({ stdin: { contents: sampleModule(), loader: "ts", resolveDir } }),
  };
  const sandbox = await createSandbox({ streamDelayMs: 0 });
  let arrived: ArrivedChunk[] = [];
  let originals = new Map<number, Map<number, Uint8Array>>();
  let isHanging = false;
  let requests = 0;

  const [api, apiUrl] = await listen(async (incoming, response) => {
    const body = await read(incoming);
    const { method = "GET", url = "/", headers } = incoming;
    if (method === "POST" && url.endsWith(":transcribe")) {
      requests += 1;
      const form = await new Response(new Uint8Array(body), {
        headers: { "content-type": headers["content-type"] ?? "" },
      }).formData();
      const file = form.get("file");
      if (!(file instanceof File)) throw new Error("no file");
      const index = Number(form.get("index"));
      arrived.push({ index, type: file.type, bytes: new Uint8Array(await file.arrayBuffer()) });
      if (isHanging) return;
    }
    const upstream = request(`${sandbox.url}${url}`, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    upstream.on("error", () => response.destroy());
    upstream.end(body);
  });
  const [pages, pageUrl] = await listen(async (incoming, response) => {
    const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://localhost");
    if (pathname === "/original") {
      const [run, slice] = [Number(searchParams.get("run")), Number(searchParams.get("slice"))];
      const slices = originals.get(run) ?? new Map<number, Uint8Array>();
      originals.set(run, slices.set(slice, await read(incoming)));
      response.end();
    } else if (scripts[pathname] !== undefined)
      response.setHeader("content-type", "text/javascript").end(scripts[pathname]);
    else if (pathname === "/favicon.ico") response.writeHead(204).end();
    else {
      // The path for a page that may not call the API.
      const host = pathname === "/without-api" ? "https://heidi.invalid" : apiUrl;
      for (const [name, value] of documentedHeaders(host)) response.setHeader(name, value);
      response
        .setHeader("content-type", "text/html")
        .end(`<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>`);
    }
  });

  return {
    pageUrl: `${pageUrl.replace("127.0.0.1", "localhost")}/`,
    sandbox,
    begin: async () => {
      const heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
      const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
      const { session_id = "" } = await clinician.sessions.create();
      const { token } = await clinician.token();
      await heidi.close();
      return { session_id, token, baseUrl: sandbox.baseUrl.replace(sandbox.url, apiUrl) };
    },
    chunks: () =>
      [...new Map(arrived.map((chunk) => [chunk.index, chunk])).values()].sort((a, b) => a.index - b.index),
    originals: () =>
      [...originals.entries()]
        .sort(([a], [b]) => a - b)
        .map(([, slices]) => {
          const parts = [...slices.entries()].sort(([a], [b]) => a - b).map(([, part]) => part);
          return new Uint8Array(Buffer.concat(parts));
        }),
    requests: () => requests,
    setHanging: (hangs) => {
      isHanging = hangs;
    },
    reset: () => {
      arrived = [];
      originals = new Map();
      requests = 0;
      isHanging = false;
    },
    close: async () => {
      for (const server of [api, pages]) {
        server.close();
        server.closeAllConnections();
      }
      await sandbox.close();
    },
  };
}
