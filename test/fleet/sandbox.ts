import { createSandbox, type SandboxState } from "heidi-health-sdk/sandbox";

// A Heidi in a process of its own that is slow at times and fails at times. Tells its address, then its state when asked.

/** What it tells its parent. */
export type Told =
  | { readonly kind: "open"; readonly baseUrl: string; readonly apiKey: string }
  | {
      readonly kind: "state";
      readonly state: SandboxState;
      readonly exchanges: number;
      readonly failures: number;
    };

let exchanges = 0;
let failures = 0;
const sandbox = await createSandbox({
  seed: Number(process.argv[2] ?? 1),
  // Short enough to be ready at the first look: pauses between looks are not what is tested.
  timings: { parsingMs: 0, transcriptionMs: 100, codingMs: 0 },
  streamDelayMs: 1,
  onRequest: ({ operation, status, disconnected, faults }) => {
    if (operation === "getJwt" && status === 200) exchanges += 1;
    if (disconnected || faults.length > 0) failures += 1;
  },
});
sandbox.fault("*", { kind: "latency", latencyMs: 60, probability: 0.3 });
sandbox.fault("*", { kind: "status", status: 429, probability: 0.01 });
sandbox.fault("*", { kind: "status", status: 503, probability: 0.01 });
sandbox.fault("*", { kind: "status", status: 500, processed: true, probability: 0.01 });
sandbox.fault("*", { kind: "reset", when: "before", probability: 0.01 });
sandbox.fault("*", { kind: "reset", when: "after", probability: 0.01 });

const tell = (told: Told): void => void process.send?.(told);
process.on("message", () => tell({ kind: "state", state: sandbox.state(), exchanges, failures }));
process.on("disconnect", () => process.exit());
tell({ kind: "open", baseUrl: sandbox.baseUrl, apiKey: sandbox.apiKey });
