import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundledFile, projectRoot } from "../../scripts/spec/effective.ts";
import { hasOpenssl, makeCertificates } from "../fixtures/tls/certificates.ts";
import { edited } from "../unit/bump/compared.ts";
import { Clone } from "./clone.ts";

/** What cannot be taken is tested on its own too (`unit/bump`, `unit/generate`): `BUMP=full` takes all of it. */
const isFull = process.env["BUMP"] === "full";
const bundled = readFileSync(join(projectRoot, bundledFile), "utf8");
const ASK = "  /sessions/{session_id}/ask-ai:\n";
const folder = mkdtempSync(join(tmpdir(), "refused-"));
let clone: Clone;
beforeAll(async () => {
  clone = await Clone.create();
});
afterAll(() => {
  clone[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** The line of the first difference: where a person has to look. */
function firstChange(text: string): number {
  const before = bundled.split("\n");
  return text.split("\n").findIndex((line, index) => line !== before[index]) + 1;
}

/** A file, the line to look at (by default the first that differs), and what is said. */
const files: readonly (readonly [text: string, line: number | undefined, message: string])[] = [
  ["openapi: 3.1.0\npaths: {\n", 3, "not YAML (Flow map in block collection must be"],
  [
    bundled.replace("openapi: 3.1.0", "openapi: 3.0.3"),
    1,
    "`openapi` must be a 3.1 version, it is 3.0.3: convert",
  ],
  [
    edited(
      [["schema: { $ref: '#/components/schemas/Jwt' }", "schema: { $ref: '#/components/schemas/Gone' }"]],
      bundled,
    ),
    undefined,
    "$ref #/components/schemas/Gone does not resolve: define it",
  ],
  [
    edited([["operationId: getSession\n", "operationId: createSession\n"]], bundled),
    undefined,
    "operationId `createSession` is used twice, first at ",
  ],
  [
    edited([[ASK, "  /sessions/{session_id}/{other}/ask-ai:\n"]], bundled),
    undefined,
    "operation `askHeidi` has {other} in its path but no such parameter: define",
  ],
  [
    edited(
      [
        [
          ASK,
          `  /other: { get: { operationId: other, x-sdk-name: sessions.get, responses: { '204': { description: No. } } } }\n${ASK}`,
        ],
      ],
      bundled,
    ),
    undefined,
    "operations `getSession` and `other` are both called sessions.get: give one another x-sdk-name",
  ],
  [
    edited([[ASK, ASK.replace("ask-ai:", "ask-ai: &a")]], bundled).replace(
      "application/x-ndjson:\n              schema: { $ref: '#/components/schemas/StreamChunk' }\ncomponents",
      "application/xml: {}\ncomponents",
    ),
    undefined,
    "operation `askHeidi` returns application/xml, which the SDK cannot read: add it in",
  ],
];

describe("a file that cannot be taken", () => {
  it.each(isFull ? files : files.slice(-2))(
    "is refused with its line and what to do, and nothing is touched: %#",
    async (text, line, message) => {
      const file = join(folder, "next.yaml");
      writeFileSync(file, text);
      const { code, stdout, stderr } = await clone.run("npm", "run", "--silent", "spec:bump", "--", file);
      expect([code, stdout, stderr.trim().split("\n").length]).toEqual([1, "", 1]);
      expect(stderr).toContain(message);
      const found = Number(/^[^:]+:(\d+): /.exec(stderr)?.[1]);
      // The line that is wrong, or the operation that it stands in.
      expect(Math.abs(found - (line ?? firstChange(text)))).toBeLessThanOrEqual(line === undefined ? 20 : 1);
      expect(await clone.changed()).toEqual([]);
    },
  );
});

describe.skipIf(!hasOpenssl())("a description on the web (needs openssl)", () => {
  let server: Server;
  let address: string;
  const next = `${bundled}# The end.\n`;
  const asked: string[] = [];

  beforeAll(async () => {
    const { ca, good } = makeCertificates();
    writeFileSync(join(folder, "ca.pem"), ca);
    server = createServer({ key: good.key, cert: good.cert }, (request, response) => {
      asked.push(`${request.headers.host}${request.url}`);
      const port = (server.address() as AddressInfo).port;
      const to = (location: string) => response.writeHead(302, { location }).end();
      if (request.url === "/moved.yaml") to("/next.yaml");
      else if (request.url === "/away.yaml") to(`https://127.0.0.1:${port}/next.yaml`);
      else if (request.url === "/plain.yaml") to(`http://localhost:${port}/next.yaml`);
      else if (request.url === "/next.yaml") response.end(next);
      else if (request.url === "/page") response.end("<!doctype html>\n<title>Sign in</title>\n");
      else {
        const endless = (): void => {
          while (!response.destroyed && response.write("#".repeat(65_535).concat("\n")));
        };
        response.on("drain", endless);
        endless();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `https://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const pull = (path: string) =>
    clone.run(
      "env",
      `NODE_EXTRA_CA_CERTS=${join(folder, "ca.pem")}`,
      "npm",
      "run",
      "--silent",
      "spec:pull",
      "--",
      address + path,
    );

  it.each([
    ["/away.yaml", /redirects to another host \(127\.0\.0\.1:\d+\): pass that URL if you trust it$/],
    ["/plain.yaml", /not an https URL: use https or a file$/],
    ["/endless.yaml", /larger than 5242880 bytes: this is not an API description$/],
    ["/page", /not (YAML|an OpenAPI)/],
  ])(
    "is refused at %s with one line; no other host is asked, and nothing is touched",
    async (path, message) => {
      asked.length = 0;
      const { code, stdout, stderr } = await pull(path);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr.trim()).toMatch(message);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(asked).toEqual([`${address.slice("https://".length)}${path}`]);
      expect(await clone.changed()).toEqual([]);
    },
  );

  it("is brought as it is from where it has moved on its host, with its lock and nothing else", async () => {
    const { code, stdout } = await pull("/moved.yaml");
    expect([code, stdout]).toEqual([
      0,
      `Wrote ${bundledFile}, openapi/spec.lock.json. Now: npm run generate\n`,
    ]);
    expect(readFileSync(join(clone.folder, bundledFile), "utf8")).toBe(next);
    expect(await clone.changed()).toEqual([` M ${bundledFile}`, " M openapi/spec.lock.json"]);
    await clone.reset();
  });
});
