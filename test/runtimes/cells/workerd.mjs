// The table in a Worker, which serves: the first request runs it, the others bring bodies that it passes on.
import * as sdk from "heidi-health-sdk";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { scenariosFor } from "../scenarios.mjs";
import { describe, runScenarios } from "../world.mjs";

let pending;
// Not `fetch` itself, which must not be called as a method.
const controlFetch = (input, init) => fetch(input, init);

export default {
  async fetch(request) {
    const { pathname, origin } = new URL(request.url);
    if (pathname === "/pass-on") {
      try {
        await pending(request.body);
        return new Response("");
      } catch (error) {
        return new Response(describe(error));
      }
    }
    const { cell, control, traits } = await request.json();
    const passOn = async (bytes, use) => {
      pending = use;
      const response = await fetch(`${origin}/pass-on`, { method: "POST", body: bytes });
      const fault = await response.text();
      if (fault !== "") throw new Error(fault);
    };
    const t = {
      cell,
      control,
      traits,
      sdk,
      createSandbox,
      native: {},
      passOn,
      options: {},
      controlFetch,
    };
    await runScenarios(scenariosFor(traits), { ...t, noCacheOption: true });
    return new Response("done");
  },
};
