// The table in a program: Node, Bun and Deno, from the installed package, unbundled.
import { createReadStream, openAsBlob } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Readable } from "node:stream";
import * as sdk from "heidi-health-sdk";
import { fileFromPath } from "heidi-health-sdk/node";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { scenariosFor } from "../scenarios.mjs";
import { runScenarios } from "../world.mjs";

const { CELL: cell, CONTROL: control, TRAITS } = process.env;
const traits = JSON.parse(TRAITS);

async function onDisk(bytes) {
  const path = join(await mkdtemp(join(tmpdir(), "heidi-cell-")), "visit.mp3");
  await writeFile(path, bytes);
  return path;
}

const padded = (bytes) => Buffer.concat([Buffer.from("before"), bytes, Buffer.from("after")]);

const native = {
  "a Buffer": (bytes) => Buffer.from(bytes),
  "a Node stream": (bytes) =>
    Readable.from([Buffer.from(bytes.subarray(0, 999)), Buffer.from(bytes.subarray(999))]),
  "`createReadStream`": async (bytes) => createReadStream(await onDisk(bytes)),
  "`fileFromPath`": async (bytes) => fileFromPath(await onDisk(bytes)),
  "`openAsBlob`": async (bytes) => openAsBlob(await onDisk(bytes)),
  "a File of `openAsBlob`": async (bytes) => new File([await openAsBlob(await onDisk(bytes))], "visit.mp3"),
  "`Bun.file`": async (bytes) => globalThis.Bun.file(await onDisk(bytes)),
  "`Bun.file().stream()`": async (bytes) => globalThis.Bun.file(await onDisk(bytes)).stream(),
  "a File of `Bun.file`": async (bytes) => new File([globalThis.Bun.file(await onDisk(bytes))], "visit.mp3"),
  "a slice of `openAsBlob`": async (bytes) =>
    (await openAsBlob(await onDisk(padded(bytes)))).slice(6, 6 + bytes.length),
  "a Blob of `Bun.file`": async (bytes) => new Blob([globalThis.Bun.file(await onDisk(bytes))]),
  "a slice of `Bun.file`": async (bytes) =>
    globalThis.Bun.file(await onDisk(padded(bytes))).slice(6, 6 + bytes.length),
  "`Deno.open().readable`": async (bytes) => (await globalThis.Deno.open(await onDisk(bytes))).readable,
};

/** Serves with what the runtime has for it, a handler from Request to Response where it can. */
async function listen(handle) {
  if (globalThis.Bun !== undefined) {
    const server = globalThis.Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: handle });
    return { port: server.port, close: () => server.stop(true) };
  }
  if (globalThis.Deno !== undefined) {
    const server = globalThis.Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, handle);
    return { port: server.addr.port, close: () => server.shutdown() };
  }
  const server = createServer(async (incoming, outgoing) => {
    const response = await handle({ body: Readable.toWeb(incoming) });
    outgoing.writeHead(response.status).end(await response.text());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: server.address().port, close: () => server.close() };
}

async function passOn(bytes, use) {
  let fault;
  const server = await listen(async ({ body }) => {
    try {
      await use(body);
    } catch (error) {
      fault = error;
    }
    return new Response("done");
  });
  await (await fetch(`http://127.0.0.1:${server.port}/`, { method: "POST", body: bytes })).text();
  await server.close();
  if (fault !== undefined) throw fault;
}

const options = traits.fetchOption ? { fetch: (input, init) => fetch(input, init) } : {};
const t = { cell, control, traits, sdk, createSandbox, native, passOn, options, controlFetch: fetch };
await runScenarios(scenariosFor(traits), t);
