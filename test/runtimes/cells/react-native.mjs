// The table in Node behind a fetch of React Native's shape. Set up before the package is loaded.
import process from "node:process";
import { ShapedAbortController, ShapedRequest, ShapedSignal, shapedFetch } from "./react-native-shape.mjs";

const platformFetch = globalThis.fetch;

// Node's own fetch looks for them when it loads.
await platformFetch("data:,");
globalThis.fetch = shapedFetch;
globalThis.Request = ShapedRequest;
globalThis.AbortController = ShapedAbortController;
globalThis.AbortSignal = ShapedSignal;
delete globalThis.TextDecoder;
delete globalThis.structuredClone;
// Not Node's own fetch, of which the package knows which streams it takes.
Object.defineProperty(process, "versions", { value: { ...process.versions, electron: "0" } });

await import("./program.mjs");
