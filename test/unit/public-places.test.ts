import { Heidi, HeidiConfigurationError } from "heidi-health-sdk";
import { afterEach, describe, expect, it, vi } from "vitest";

afterEach(() => vi.unstubAllGlobals());

/** What platforms have, as far as it tells them apart. */
const places: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "a page": {
    process: undefined,
    window: { document: {} },
    document: {},
    navigator: { userAgent: "Mozilla/5.0" },
  },
  "a page whose bundler put a process into it": {
    process: { env: {}, versions: { node: "16.0.0" } },
    window: { document: {} },
    navigator: {},
  },
  "a worker of a page, or a service worker": {
    process: undefined,
    navigator: {},
    importScripts: () => undefined,
    WorkerGlobalScope: class {},
  },
  "an Electron window with Node in it": {
    process: Object.assign(Object.create({ [Symbol.toStringTag]: "process" }), {
      env: {},
      type: "renderer",
      versions: { node: "22.0.0" },
    }),
    window: { document: {} },
    navigator: {},
  },
};

const others: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Node: {},
  "Node under jsdom or happy-dom": { window: { document: {} }, document: {}, navigator: {} },
  Deno: { process: undefined, Deno: {}, navigator: { userAgent: "Deno/2" }, window: {} },
  "a worker of Deno": {
    Deno: {},
    navigator: {},
    importScripts: () => undefined,
    WorkerGlobalScope: class {},
  },
  Bun: { Bun: {}, navigator: {} },
  "Cloudflare Workers": {
    process: undefined,
    navigator: { userAgent: "Cloudflare-Workers" },
    WebSocketPair: class {},
    WorkerGlobalScope: class {},
  },
  "an edge runtime": { process: undefined, navigator: {}, EdgeRuntime: "edge-runtime" },
  "React Native": { process: { env: {} }, window: {}, navigator: { product: "ReactNative" } },
};

function enter(place: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(place)) vi.stubGlobal(name, value);
}

const options = { apiKey: "key-canary-4711", baseUrl: "https://heidi.example" };

describe("an API key", () => {
  it.each(Object.entries(places))("is refused in %s, unless that is allowed [R12]", (_, place) => {
    enter(place);
    expect(() => new Heidi(options)).toThrow(HeidiConfigurationError);
    expect(() => new Heidi(options)).toThrow(/Heidi\.withToken.*dangerouslyAllowBrowser: true/s);
    expect(() => new Heidi(options)).not.toThrow(/canary/);
    expect(() => new Heidi({ ...options, dangerouslyAllowBrowser: true })).not.toThrow();
    expect(() => Heidi.withToken("jwt", { baseUrl: options.baseUrl })).not.toThrow();
  });

  it.each(Object.entries(others))("is taken in %s [R12]", (_, place) => {
    enter(place);
    expect(() => new Heidi(options)).not.toThrow();
  });

  it("is not let into a browser by a value that is neither true nor false [R12]", () => {
    expect(() => new Heidi({ ...options, dangerouslyAllowBrowser: "false" as unknown as boolean })).toThrow(
      HeidiConfigurationError,
    );
  });
});
