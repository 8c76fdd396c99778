import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createParser } from "eventsource-parser";
import { Heidi, type StreamFormat } from "heidi-health-sdk";
import { toNodeHandler } from "heidi-health-sdk/node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { HEAD, lineOf, piece } from "../wire/chunked-lines.ts";
import { type FaultServer, type Step, startFaultServer } from "../wire/harness.ts";
import { hasNginx, type Nginx, startNginx } from "./nginx.ts";

const ASK = { ai_command_text: "x", content: "y", content_type: "MARKDOWN" } as const;
// What shops add to their configuration for pages, and what would hold a stream back.
const GZIP = ["gzip on;", "gzip_min_length 0;", "gzip_types *;", "gzip_proxied any;"];

let heidiServer: FaultServer;
let application: Server;
let nginx: Nginx | undefined;
beforeAll(async () => {
  heidiServer = await startFaultServer();
  const clinician = Heidi.withToken("jwt", { baseUrl: heidiServer.url });
  const handler = toNodeHandler(({ url, signal }) => {
    const format = new URL(url).pathname.slice(1) as StreamFormat;
    return clinician.askHeidi.ask("1", ASK).toResponse({ format, signal, heartbeatMs: 200 });
  });
  application = createServer(handler).listen(0, "127.0.0.1");
  await once(application, "listening");
});
afterEach(async () => {
  await nginx?.close();
  nginx = undefined;
  await heidiServer.reset();
});
afterAll(async () => {
  application.closeAllConnections();
  application.close();
  await heidiServer.close();
});

async function open(
  format: StreamFormat,
  defaultUpstream: boolean,
): Promise<{ until: (wanted: string) => Promise<string>; rest: () => Promise<string>; leave: () => void }> {
  const { port } = application.address() as AddressInfo;
  nginx = await startNginx({ upstreamPort: port, defaultUpstream, directives: GZIP });
  const browser = new AbortController();
  const answer = await fetch(`${nginx.url}/${format}`, { method: "POST", signal: browser.signal });
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const reader = answer.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  const read = async (): Promise<boolean> => {
    const { done, value } = (await reader?.read()) ?? { done: true };
    text += decoder.decode(value, { stream: true });
    return !done;
  };
  return {
    until: async (wanted) => {
      while (!text.includes(wanted)) if (!(await read())) throw new Error(`it ended with ${text}`);
      return text;
    },
    rest: async () => {
      while (await read());
      return text;
    },
    leave: () => browser.abort(),
  };
}

describe.skipIf(!hasNginx).each([
  ["HTTP/1.1", false],
  ["its default, HTTP/1.0,", true],
])("a stream behind an nginx that speaks %s to the application", (_, defaultUpstream) => {
  it.each(["sse", "ndjson", "text"] as const)(
    "shows the items of %s one by one (needs nginx) [R31]",
    async (format) => {
      const steps: Step[] = [
        HEAD,
        piece("first"),
        { do: "gate", name: "on" },
        piece("second"),
        { do: "write", data: "0\r\n\r\n" },
      ];
      await heidiServer.script({ path: "/sessions/1/ask-ai", steps });
      const { until, rest } = await open(format, defaultUpstream);
      expect(await until("first")).not.toContain("second");
      // While Heidi is silent, the connection lives.
      if (format === "sse") await until(":\n\n:\n\n");
      await heidiServer.open("on");
      const text = await rest();
      expect(text).toContain("second");
      if (format !== "sse") return;
      const seen: string[] = [];
      createParser({ onEvent: ({ data }) => seen.push(data) }).feed(text);
      expect(seen).toEqual([lineOf("first").trim(), lineOf("second").trim(), "[DONE]"]);
    },
  );

  it.each(["ndjson", "text"] as const)(
    "that is cut is never whole as %s (needs nginx) [R31]",
    async (format) => {
      const steps: Step[] = [HEAD, piece("first"), { do: "gate", name: "cut" }, { do: "rst" }];
      await heidiServer.script({ path: "/sessions/1/ask-ai", steps });
      const { until, rest } = await open(format, defaultUpstream);
      await until("first");
      await heidiServer.open("cut");
      await expect(rest()).rejects.toThrow();
    },
  );

  it("that the browser leaves closes the connection to Heidi (needs nginx) [R31]", async () => {
    await heidiServer.script({ path: "/sessions/1/ask-ai", steps: [HEAD, piece("first"), { do: "stall" }] });
    const { until, leave } = await open("sse", defaultUpstream);
    await until("first");
    leave();
    await heidiServer.until(
      (log) => log.length > 0 && log.every(({ closedAtMs }) => closedAtMs !== undefined),
      30_000,
    );
  });
});
