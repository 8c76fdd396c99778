/**
 * The packed package in a real Next application: `node run.mjs <folder>`, where the folder has next, react, react-dom and
 * heidi-health-sdk installed. Builds and starts an application with an edge route and with a server component that passes
 * `fetch: (input, init) => fetch(input, init)`, asks each twice, and looks for what Next kept on disk.
 */
import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { resolve as absolute, join } from "node:path";

const folder = process.argv[2] ?? ".";
const SECRET = "canary4711";
let asked = 0;
const api = createServer((request, response) => {
  asked += 1;
  const body = request.url?.includes("/jwt")
    ? { token: `jwt.${SECRET}.${asked}`, expiration_time: new Date(Date.now() + 3_600_000).toISOString() }
    : { session_id: SECRET, status: `asked ${asked}` };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
});
await new Promise((listening) => api.listen(0, "127.0.0.1", listening));
const port = api.address().port;

const ask = `import { Heidi } from "heidi-health-sdk";
export async function ask() {
  const heidi = new Heidi({ apiKey: "key", baseUrl: "http://127.0.0.1:${port}", fetch: (input, init) => fetch(input, init) });
  const clinician = heidi.forUser({ email: "${SECRET}@clinic.example", thirdPartyInternalId: "1" });
  return (await clinician.request("GET", "/sessions/1")).status;
}
`;
const files = {
  "lib/ask.js": ask,
  "app/layout.js":
    "export default function Layout({ children }) { return <html><body>{children}</body></html>; }\n",
  "app/page.js":
    'import { ask } from "../lib/ask.js";\nexport const dynamic = "force-dynamic";\nexport const fetchCache = "default-cache";\nexport default async function Page() { return <p>{await ask()}</p>; }\n',
  "app/edge/route.js":
    'import { ask } from "../../lib/ask.js";\nexport const runtime = "edge";\nexport const fetchCache = "default-cache";\nexport async function GET() { return new Response(await ask()); }\n',
};

/** What the command that runs has printed. */
let output = "";

function run(args, untilText) {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", HEIDI_API_KEY: "" };
  // It may be installed in a folder above.
  const next = createRequire(join(absolute(folder), "any.js")).resolve("next/dist/bin/next");
  const child = spawn(process.execPath, [next, ...args], {
    cwd: folder,
    env,
  });
  output = "";
  return new Promise((resolve, reject) => {
    const hear = (text) => {
      output += text;
      if (untilText && output.includes(untilText)) resolve(child);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", (code) =>
      code === 0 ? resolve(child) : reject(new Error(`next ${args[0]}: ${output}`)),
    );
  });
}

/** Everything under the build's folder that Next wrote of an answer. */
async function kept() {
  const names = await readdir(join(folder, ".next"), { recursive: true, withFileTypes: true });
  const found = [];
  for (const entry of names) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (path.includes("fetch-cache")) found.push(path);
    else if (/jwt\.canary4711|asked \d/.test(await readFile(path, "utf8"))) found.push(path);
  }
  return found;
}

try {
  await rm(join(folder, ".next"), { recursive: true, force: true });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  await run(["build"]);
  const free = 20_000 + (process.pid % 20_000);
  const started = await run(["start", "-p", String(free), "-H", "127.0.0.1"], "Ready");
  const before = asked;
  try {
    for (const path of ["/", "/edge"]) {
      const texts = [];
      for (let count = 0; count < 2; count += 1) {
        const response = await fetch(`http://127.0.0.1:${free}${path}`);
        const text = await response.text();
        if (!response.ok) throw new Error(`${path} failed with ${response.status}:\n${output}`);
        texts.push(/asked (?:<!-- -->)?(\d+)/.exec(text)?.[1]);
      }
      if (texts[0] === undefined || texts[0] === texts[1])
        throw new Error(`${path} was answered out of a cache: ${texts}`);
    }
    if (asked - before !== 8) throw new Error(`${asked - before} requests reached the API, not 8`);
    const found = await kept();
    if (found.length > 0) throw new Error(`Next kept answers: ${found}`);
  } finally {
    started.kill();
  }
  console.log("passed");
} finally {
  api.close();
  api.closeAllConnections();
}
