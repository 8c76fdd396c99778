import { AsyncLocalStorage } from "node:async_hooks";
import { Heidi, type HeidiOptions, type Middleware } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { useFaultServer } from "./each.ts";
import type { FaultServer } from "./harness.ts";
import { clientOf } from "./sdk.ts";

const request = new AsyncLocalStorage<string>();
let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

const ways: readonly (readonly [string, HeidiOptions])[] = [
  ["its own connections", { maxConnections: 3 }],
  ["the `fetch` option", { fetch: (input, init) => fetch(input, init) }],
];

describe.each(ways)("the caller's code, over %s", (_, way) => {
  it("runs in the context of the call that brought it, 200 times of 200 [R11]", async () => {
    const seen: (readonly [what: string, expected: string, actual: string | undefined])[] = [];
    const note = (what: string, expected: string): void =>
      void seen.push([what, expected, request.getStore()]);
    const middleware: Middleware = (sent, next, { operation }) => {
      if (operation === "uploadSessionAudio") note("middleware", String(sent.headers["x-request"]));
      return next(sent);
    };
    const heidi = clientOf(server.url, { ...way, middleware: [middleware] });
    const upload = async (name: string): Promise<void> => {
      const clinician = heidi.forUser({ email: `${name}@clinic.example`, thirdPartyInternalId: name });
      const data = async function* (): AsyncGenerator<Uint8Array> {
        try {
          for (let index = 0; index < 4; index += 1) {
            note("stream", name);
            await new Promise((soon) => setTimeout(soon, index));
            note("stream", name);
            yield new Uint8Array(1_000).fill(index);
          }
        } finally {
          note("stream's end", name);
        }
      };
      await clinician.transcription.uploadAudio(
        "1",
        { file: { data, filename: "visit.mp3", contentType: "audio/mpeg" } },
        { headers: { "x-request": name }, onProgress: () => note("progress", name) },
      );
    };
    const names = Array.from({ length: 200 }, (__, index) => `request-${index}`);
    await Promise.all(names.map((name) => request.run(name, () => upload(name))));
    expect(seen.filter(([, expected, actual]) => expected !== actual)).toEqual([]);
    for (const what of ["stream", "stream's end", "progress", "middleware"]) {
      const names = new Set(seen.filter(([one]) => one === what).map(([, name]) => name));
      expect([what, names.size]).toEqual([what, 200]);
    }
  });
});

describe("the caller's code", () => {
  it("of a token provider runs in the context of the call that needed the token first [R11]", async () => {
    const seen: (string | undefined)[] = [];
    const provider = async (): Promise<{ token: string; expiration_time: string }> => {
      seen.push(request.getStore());
      return { token: "jwt", expiration_time: new Date(Date.now() + 3_600_000).toISOString() };
    };
    const clinician = Heidi.withToken(provider, { baseUrl: server.url });
    await request.run("first", async () => clinician.templates.list());
    await request.run("second", async () => clinician.templates.list());
    await clinician.close();
    expect(seen).toEqual(["first"]);
  });

  it("of a wait and of a stream runs in the context that made them, not of the awaiting code [R11]", async () => {
    const seen: (string | undefined)[] = [];
    const middleware: Middleware = (sent, next) => {
      seen.push(request.getStore());
      return next(sent);
    };
    const clinician = Heidi.withToken("jwt", { baseUrl: server.url, middleware: [middleware] });
    await server.script({
      path: "/sessions/1/clinical-codes",
      steps: [
        {
          do: "respond",
          headers: { "content-type": "application/json" },
          body: '{"coding_system":"SNOMED-CT","status":"READY","entities":[]}',
        },
      ],
    });
    const polled: (string | undefined)[] = [];
    const onPoll = (): void => void polled.push(request.getStore());
    const wait = request.run("maker", () =>
      clinician.clinicalCoding.waitForCodes("1", { coding_system: "SNOMED-CT" }, { onPoll }),
    );
    await request.run("another", async () => wait);
    const answer = request.run("maker", () =>
      clinician.askHeidi.ask("1", { ai_command_text: "x", content: "y", content_type: "MARKDOWN" }),
    );
    await request.run("another", () => answer.text().catch(() => undefined));
    await clinician.close();
    expect(polled).toEqual(["maker"]);
    expect(seen).toEqual(["maker", "maker"]);
  });

  it("of a logger and of a token store runs in the context of the call, in requests side by side [R11]", async () => {
    const seen: (readonly [what: string, call: string | undefined])[] = [];
    const note = (what: string): void => void seen.push([what, request.getStore()]);
    const kept = new Map<string, unknown>();
    const noted =
      <Args extends unknown[], Result>(what: string, act: (...args: Args) => Result) =>
      async (...args: Args): Promise<Result> => {
        note(what);
        return act(...args);
      };
    const tokenStore = {
      get: noted("get", (key: string) => kept.get(key)),
      set: noted("set", (key: string, value: unknown) => void kept.set(key, value)),
      delete: noted("delete", (key: string) => kept.delete(key)),
    };
    const log = (): void => note("logger");
    const logger = { debug: log, info: log, warn: log, error: log };
    const heidi = clientOf(server.url, { tokenStore, logger, logLevel: "debug", maxConnections: 2 });
    const names = Array.from({ length: 20 }, (__, index) => `request-${index}`);
    await Promise.all(
      names.map((name) =>
        request.run(name, async () => {
          const user = heidi.forUser({ email: `${name}@clinic.example`, thirdPartyInternalId: name });
          await user.templates.list();
        }),
      ),
    );
    // What is written behind the calls' backs.
    await expect.poll(() => kept.size).toBe(names.length);
    for (const what of ["get", "set", "logger"]) {
      const calls = seen.filter(([one]) => one === what).map(([, name]) => name);
      expect([what, new Set(calls)]).toEqual([what, new Set(names)]);
      expect([what, calls.length % names.length]).toEqual([what, 0]);
    }
  });
});
