// The other side of every cell, in a process of its own: for each scenario a sandbox behind a server that records what
// really arrived; the pages that browsers open; and the results that the cells report.
// Usage: node server.mjs <folder of pages> <the installed sandbox's file>; prints its port once it listens.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createServer, request as sendRequest } from "node:http";
import { extname, join, normalize } from "node:path";
import { pathToFileURL } from "node:url";

const [pages, sandboxFile] = process.argv.slice(2);
const { createSandbox } = await import(pathToFileURL(sandboxFile).href);

const cors = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "*",
  "access-control-allow-methods": "GET, POST, DELETE",
  "access-control-allow-private-network": "true",
  "cache-control": "no-store",
};
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript" };

/** What a scenario's requests left behind, by the scenario's own number. */
const worlds = new Map();
/** What the cells have reported so far, by the cell's name. */
const reports = new Map();

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Reads a form without the SDK's own parser, which could share a mistake with the SDK's own writer. */
function readForm(contentType, body) {
  const boundary = /^multipart\/form-data; *boundary=([^;\s]+)/i.exec(contentType ?? "")?.[1];
  if (boundary === undefined) return undefined;
  const parts = [];
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const end = Buffer.from(`\r\n--${boundary}--\r\n`);
  const bytes = Buffer.concat([Buffer.from("\r\n"), body]);
  let start = bytes.indexOf(delimiter);
  while (start >= 0) {
    const from = start + delimiter.length;
    const next = bytes.indexOf(delimiter, from);
    if (next < 0) break;
    const headEnd = bytes.indexOf("\r\n\r\n", from);
    const head = bytes.subarray(from, headEnd).toString("utf8");
    const content = bytes.subarray(headEnd + 4, next);
    const filename = /; filename="((?:[^"\\]|\\.)*)"/i.exec(head)?.[1];
    parts.push({
      name: /; name="([^"]*)"/i.exec(head)?.[1],
      filename,
      contentType: /^content-type: *(.*)$/im.exec(head)?.[1]?.trim(),
      sizeBytes: content.length,
      sha256: sha256(content),
      text: filename === undefined ? content.toString("utf8") : undefined,
    });
    start = next;
  }
  return { parts, ended: bytes.subarray(-end.length).equals(end) };
}

/** Notes a request on its way to the sandbox, and what came back. */
function pass(sandbox, requests, incoming, response) {
  const { method, url, headers } = incoming;
  const record = {
    method,
    path: url.replace(/\?.*/, ""),
    query: url.replace(/^[^?]*\??/, ""),
    contentType: headers["content-type"],
    contentLength: headers["content-length"],
    authorization: headers.authorization,
    bytes: 0,
    /** The body arrived to its end. */
    complete: false,
    status: undefined,
    responseBytes: 0,
    /** The client went away before the answer was complete. */
    left: false,
  };
  if (method !== "OPTIONS") requests.push(record);
  const chunks = [];
  const upstream = sendRequest(`${sandbox.url}${url}`, { method, headers, agent: false });
  incoming.on("data", (chunk) => {
    record.bytes += chunk.length;
    chunks.push(chunk);
    if (upstream.write(chunk)) return;
    incoming.pause();
    upstream.once("drain", () => incoming.resume());
  });
  incoming.on("end", () => {
    record.complete = true;
    const body = Buffer.concat(chunks);
    record.form = readForm(record.contentType, body);
    if (/^application\/json/.test(record.contentType ?? "")) record.json = JSON.parse(body.toString("utf8"));
    upstream.end();
  });
  incoming.on("error", () => upstream.destroy());
  response.on("close", () => {
    if (response.writableFinished) return;
    record.left = true;
    upstream.destroy();
  });
  // What the client was given must reach it before its connection ends.
  const cut = () => (response.headersSent ? response.socket?.end() : response.socket?.resetAndDestroy());
  upstream.on("error", cut);
  upstream.on("response", (answer) => {
    record.status = answer.statusCode;
    response.writeHead(answer.statusCode, answer.headers).flushHeaders();
    answer.on("error", cut);
    answer.on("end", () => response.end());
    answer.on("data", (chunk) => {
      record.responseBytes += chunk.length;
      if (response.write(chunk)) return;
      answer.pause();
      response.once("drain", () => answer.resume());
    });
  });
}

async function createContext(options) {
  const sandbox = await createSandbox(options);
  const requests = [];
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 120_000 }, (incoming, response) =>
    pass(sandbox, requests, incoming, response),
  );
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const id = String(worlds.size + 1);
  worlds.set(id, { sandbox, requests, server });
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { id, origin, baseUrl: sandbox.baseUrl.replace(sandbox.url, origin), apiKey: sandbox.apiKey };
}

async function closeWorld(id) {
  const { sandbox, server } = worlds.get(id);
  worlds.set(id, undefined);
  server.close();
  server.closeAllConnections();
  await sandbox.close();
  return {};
}

async function issueToken({ sandbox }, user) {
  const response = await fetch(`${sandbox.baseUrl}/jwt?${new URLSearchParams(user)}`, {
    headers: { "Heidi-Api-Key": sandbox.apiKey },
  });
  return response.json();
}

async function control(method, path, body) {
  const [kind, id, action] = path.split("/").slice(2);
  if (kind === "worlds" && id === undefined) return createContext(body);
  const world = worlds.get(id);
  if (kind === "worlds" && world !== undefined) {
    if (method === "DELETE") return closeWorld(id);
    if (action === "tokens") return issueToken(world, body);
    if (action === "faults") world.sandbox.fault(body.operation, body.rule);
    return { requests: world.requests, state: world.sandbox.state() };
  }
  if (kind === "reports") {
    const cell = decodeURIComponent(id);
    const report = reports.get(cell) ?? [];
    reports.set(cell, report);
    if (method === "POST") report.push(body);
    return method === "POST" ? {} : report;
  }
  throw new Error(`nothing at ${method} ${path}`);
}

async function readAll(incoming) {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function serve(incoming, response) {
  const path = incoming.url.replace(/\?.*/, "");
  if (incoming.method === "OPTIONS") {
    response.writeHead(204, cors).end();
  } else if (path.startsWith("/control/")) {
    const text = (await readAll(incoming)).toString("utf8");
    const answer = await control(incoming.method, path, text === "" ? {} : JSON.parse(text));
    response.writeHead(200, { ...cors, "content-type": "application/json" }).end(JSON.stringify(answer));
  } else if (path === "/echo") {
    // For those who pass the body of an answer on.
    const bytes = await readAll(incoming);
    response.writeHead(200, { ...cors, "content-type": "application/octet-stream" }).end(bytes);
  } else {
    const file = join(pages, normalize(decodeURIComponent(path)));
    const headers = { ...cors, "content-type": types[extname(file)] ?? "application/octet-stream" };
    createReadStream(file)
      .on("open", () => response.writeHead(200, headers))
      .on("error", () => response.writeHead(404, cors).end())
      .pipe(response);
  }
}

// Kept for long: a cell that reuses a connection while it is being closed would fail for no fault of the SDK's.
const server = createServer({ keepAliveTimeout: 120_000 }, (incoming, response) => {
  serve(incoming, response).catch((error) => {
    console.error(error);
    if (!response.headersSent) response.writeHead(500, cors);
    response.end(String(error));
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
// Ends with the process that started it, however that ends.
process.stdin.on("end", () => process.exit(0)).resume();
