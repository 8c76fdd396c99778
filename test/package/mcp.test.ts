import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { createSandbox, type Sandbox } from "heidi-health-sdk/sandbox";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";

const { esm, cjs } = inject("installed");
const KEY = "zq7canary-key";
const user = { email: "zq7canary-dr@clinic.example", third_party_internal_id: "zq7canary-ehr" };
const session_id = "629743699698910828597169191314365508821";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox({
    apiKey: KEY,
    data: { users: [{ ...user, sessions: [{ session_id, consult: "general-practice" }] }] },
    timings: { transcriptionMs: 0 },
  });
});
afterAll(() => sandbox.close());

const environmentOf = (key: string): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HEIDI_BASE_URL: sandbox.baseUrl,
  HEIDI_API_KEY: key,
  HEIDI_EMAIL: user.email,
  HEIDI_USER_ID: user.third_party_internal_id,
});

/** A server in a process of its own, with the protocol's own client. */
async function launch(args: readonly string[], env: Record<string, string>) {
  const command = [join(esm, "node_modules/.bin/heidi"), ...args];
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: command,
    env,
    stderr: "pipe",
  });
  let seen = "";
  transport.stderr?.on("data", (chunk) => {
    seen += String(chunk);
  });
  const client = new Client({ name: "test", version: "1.0.0" });
  const faults: Error[] = [];
  client.onerror = (error) => void faults.push(error);
  await client.connect(transport);
  // Everything on standard output is a message: the client reports what is not.
  const receive = transport.onmessage;
  transport.onmessage = (message) => {
    seen += JSON.stringify(message);
    receive?.(message);
  };
  return { client, transport, seen: () => seen, faults };
}

interface Configuration {
  readonly mcpServers: {
    readonly heidi: {
      readonly command: string;
      readonly args: string[];
      readonly env: Record<string, string>;
    };
  };
}

/** The configuration that the page shows to users of MCP clients. */
function readConfiguration(): Configuration["mcpServers"]["heidi"] {
  const page = readFileSync(fileURLToPath(new URL("../../docs/cli.md", import.meta.url)), "utf8");
  const [, text = ""] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  return (JSON.parse(text) as Configuration).mcpServers.heidi;
}

describe("the installed heidi mcp", () => {
  it("answers the protocol's own client, writes messages only, and shows no key, token or address", async () => {
    const { client, transport, seen, faults } = await launch(["mcp"], environmentOf(KEY));
    const { tools } = await client.listTools();
    expect(tools).toHaveLength(8);
    const input: Record<string, Record<string, unknown>> = {
      get_clinical_codes: { session_id, coding_system: "ICD-10" },
      ask_heidi: { session_id, question: "What is the plan?" },
      list_templates: {},
      list_sessions: {},
    };
    for (const { name } of tools) {
      const result = await client.callTool({ name, arguments: input[name] ?? { session_id } });
      expect([name, result.isError ?? false]).toEqual([name, false]);
    }
    const wrong = await client.callTool({ name: "get_note", arguments: { session_id: "12345" } });
    expect(wrong.isError).toBe(true);
    const { pid } = transport;
    await client.close();
    // The client sends a signal after two seconds to a server that does not end on its own.
    await expect.poll(() => isRunning(pid)).toBe(false);
    expect(faults).toEqual([]);
    expect(seen()).toContain("Good morning, Karen.");
    expect(seen()).toContain("patients' data: the MCP client and its language model receive it.");
    expect(seen()).not.toMatch(/zq7canary|eyJ[\w-]+\.|12345"|^ {4}at /m);
  });

  it("shows nothing of a key that is refused", async () => {
    const { client, seen } = await launch(["mcp"], environmentOf("zq7canary-wrong"));
    const { isError } = await client.callTool({ name: "list_templates", arguments: {} });
    expect(isError).toBe(true);
    await client.close();
    expect(seen()).toContain("status 401");
    expect(seen()).not.toContain("zq7canary");
  });

  it("starts as the configuration on its page says", async () => {
    const { command, args, env } = readConfiguration();
    const at = args.indexOf("heidi");
    expect([command, ...args.slice(0, at)]).toEqual([
      ...["npx", "-y", "-p", "heidi-health-sdk", "-p", "@modelcontextprotocol/sdk"],
    ]);
    const file = args.at(-1);
    expect(args.slice(at)).toEqual(["heidi", "mcp", "--api-key-file", file]);
    expect(Object.keys(env).filter((name) => !(name in environmentOf("")))).toEqual(["HEIDI_REGION"]);
    const { client } = await launch(["mcp", "--sandbox"], { PATH: process.env["PATH"] ?? "" });
    expect(client.getServerVersion()?.name).toBe("heidi");
    await client.close();
  });

  it("ends when a signal interrupts it, although standard input stays open", async () => {
    const path = join(esm, "node_modules/.bin/heidi");
    const child = execFile(process.execPath, [path, "mcp"], { env: environmentOf(KEY) });
    let errors = "";
    child.stderr?.on("data", (chunk) => {
      errors += String(chunk);
    });
    await expect.poll(() => errors).toContain("heidi mcp: 8 tools");
    child.kill("SIGINT");
    const [code] = (await once(child, "exit")) as [number | null];
    expect(code).toBe(0);
  });

  it("says in one line what to install without the protocol's package, and leaves the other commands alone", async () => {
    const path = join(cjs, "node_modules/.bin/heidi");
    const run = (args: readonly string[]): Promise<{ stdout: string; stderr: string }> =>
      new Promise((resolve) => {
        execFile(process.execPath, [path, ...args], { env: environmentOf(KEY) }, (_, stdout, stderr) =>
          resolve({ stdout, stderr }),
        );
      });
    expect(await run(["mcp"])).toEqual({
      stdout: "",
      stderr:
        "heidi mcp needs the package @modelcontextprotocol/sdk beside heidi-health-sdk: npm install @modelcontextprotocol/sdk\n",
    });
    expect((await run(["mcp", "--help"])).stdout).toContain("--allow-writes");
    expect((await run(["token"])).stdout).toContain("Heidi issued a token.");
  });
});

function isRunning(pid: number | null): boolean {
  if (pid === null) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
