// The table in a page and in its workers: bundled, as an application's own build would.
import * as sdk from "heidi-health-sdk";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { scenariosFor } from "../scenarios.mjs";
import { describe, runScenarios } from "../world.mjs";

const { cell, control, traits } = JSON.parse(
  decodeURIComponent((globalThis.location.search || globalThis.name).slice(1)),
);
const controlFetch = (input, init) => fetch(input, init);
const report = (result) =>
  controlFetch(`${control}/control/reports/${encodeURIComponent(cell)}`, {
    method: "POST",
    body: JSON.stringify(result),
  });

/** What nobody caught would be lost: it fails the cell. */
const uncaught = (what) => void report({ name: "uncaught", error: describe(what) });
globalThis.addEventListener("error", (event) => uncaught(event.error ?? new Error(event.message)));
globalThis.addEventListener("unhandledrejection", (event) => uncaught(event.reason));

const start = () =>
  runScenarios(scenariosFor(traits), {
    ...{ cell, control, traits, sdk, createSandbox, controlFetch },
    native: {},
    options: {},
  });

if (globalThis.document !== undefined || globalThis.registration === undefined) {
  start().catch(uncaught);
} else {
  // A service worker: it is kept awake by the message that asks it to begin.
  globalThis.addEventListener("install", () => globalThis.skipWaiting());
  globalThis.addEventListener("activate", (event) => event.waitUntil(globalThis.clients.claim()));
  globalThis.addEventListener("message", (event) => event.waitUntil(start().catch(uncaught)));
}
