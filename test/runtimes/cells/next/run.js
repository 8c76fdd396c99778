// The table in a server component or a route of Next, bundled by Next's own build.
import * as sdk from "heidi-health-sdk";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { scenariosFor } from "./scenarios.mjs";
import { runScenarios } from "./world.mjs";

// With a signal, for React gives the same answer to all equal reads of a page that have none.
const controlFetch = (input, init) =>
  fetch(input, { ...init, cache: "no-store", signal: new AbortController().signal });

/** `request` is what the query says of the cell. */
export async function runTable({ cell, control, traits }, passOn) {
  const options = traits.fetchOption ? { fetch: (input, init) => fetch(input, init) } : {};
  const t = { cell, control, traits, sdk, createSandbox, native: {}, passOn, options, controlFetch };
  await runScenarios(scenariosFor(traits), t);
}

/** The table in a page: what its query asks for. Next 14 has the query at hand, later ones promise it. */
export async function runInPage({ searchParams }) {
  const { cell } = await searchParams;
  await runTable(JSON.parse(cell));
  return "done";
}
