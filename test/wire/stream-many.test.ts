import { describe, expect, it } from "vitest";
import { resultOf } from "./child.ts";
import { useFaultServer } from "./each.ts";
import type { FaultServer, Respond } from "./harness.ts";
import { clientOf, SECRET } from "./sdk.ts";
import { allClosed, descriptors, untilBaseline } from "./upload-support.ts";

const ASK = { ai_command_text: SECRET, content: SECRET, content_type: "MARKDOWN" } as const;
const STREAM = { method: "POST", path: "/sessions/1/ask-ai" } as const;
const LINES = '{"data":"a"}\n{"data":"b"}\n{"data":"c"}\n';

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

const OPEN: Respond = {
  do: "respond",
  headers: { "content-type": "application/x-ndjson" },
  framing: "chunked",
  body: `${LINES}x`,
  sendOnly: LINES.length,
};

describe("many streams", () => {
  it("that fail leave no socket open, 1,000 of them [E15] [E20]", async () => {
    await server.script(
      { ...STREAM, path: "/sessions/rst/ask-ai", steps: [OPEN, { do: "rst" }] },
      { ...STREAM, path: "/sessions/fin/ask-ai", steps: [OPEN, { do: "fin" }] },
      {
        ...STREAM,
        path: "/sessions/bad/ask-ai",
        steps: [{ ...OPEN, body: "{bad}\n", sendOnly: 6 }, { do: "stall" }],
      },
      { ...STREAM, path: "/sessions/stall/ask-ai", steps: [OPEN, { do: "stall" }] },
      { ...STREAM, path: "/sessions/500/ask-ai", steps: [{ do: "respond", status: 500, body: "{}" }] },
    );
    const heidi = clientOf(server.url, { maxConnections: 10, maxRetries: 0 });
    const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });
    await clinician.token();
    const baseline = descriptors();
    const ways = ["rst", "fin", "bad", "stall", "500"];
    for (let count = 0; count < 1_000; count += 50) {
      const results = await Promise.allSettled(
        Array.from({ length: 50 }, (_, index) =>
          clinician.askHeidi.ask(ways[index % 5] ?? "", ASK, { timeoutMs: 50 }).text(),
        ),
      );
      expect(results.filter(({ status }) => status === "fulfilled")).toEqual([]);
    }
    await untilBaseline(baseline + 10);
    await heidi.close();
    await untilBaseline(baseline);
    await allClosed(server);
  });

  it("leave no heap behind, however they end", async () => {
    const { SOAK_STREAMS = "500" } = process.env;
    const whole: Respond = { ...OPEN, body: LINES.repeat(20), sendOnly: LINES.length * 20 };
    await server.script(
      { ...STREAM, path: "/sessions/whole/ask-ai", steps: [{ ...whole }] },
      { ...STREAM, path: "/sessions/cut/ask-ai", steps: [OPEN, { do: "fin" }] },
      { ...STREAM, path: "/sessions/left/ask-ai", steps: [OPEN, { do: "stall" }] },
    );
    const script = new URL("children/stream-soak.ts", import.meta.url);
    const { heaps, resources } = await resultOf<{ heaps: number[]; resources: number[] }>(
      script,
      [server.url, "8", String(Math.ceil(Number(SOAK_STREAMS) / 8))],
      { nodeOptions: ["--expose-gc"], timeoutMs: 300_000 },
    );
    // The first rounds warm up caches of the engine; after them nothing may grow with the number of streams.
    const lowest = (from: number): number => Math.min(...heaps.slice(from, from + 3));
    const grownBytes = (lowest(5) - lowest(2)) / ((3 * Number(SOAK_STREAMS)) / 8);
    expect(grownBytes).toBeLessThan(Number(SOAK_STREAMS) < 2_000 ? 2_000 : 200);
    expect((resources.at(-1) ?? 0) - (resources[0] ?? 0)).toBeLessThanOrEqual(1);
  });
});
