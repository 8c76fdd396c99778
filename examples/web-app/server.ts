/**
 * The server of the example: it holds the API key, gives the page the signed-in user's token, and serves the page.
 *
 * Without `HEIDI_API_KEY` it starts the sandbox. With a key, also set `HEIDI_REGION` or `HEIDI_BASE_URL`, and `HEIDI_EMAIL` and
 * `HEIDI_USER_ID` to a clinician that is linked.
 */
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import express from "express";
import { Heidi, type HeidiIdentity, type HeidiRegion } from "heidi-health-sdk";
import { toNodeHandler } from "heidi-health-sdk/node";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { tokenHandler } from "heidi-health-sdk/server";
import { createServer as createViteServer } from "vite";

const { HEIDI_API_KEY, HEIDI_REGION, HEIDI_BASE_URL, HEIDI_EMAIL, HEIDI_USER_ID, PORT } = process.env;

/** Where the page calls Heidi: the real API with your key, otherwise a sandbox in this process. */
async function connect(): Promise<{ readonly heidi: Heidi; readonly baseUrl: string | undefined }> {
  if (HEIDI_API_KEY !== undefined) {
    return { heidi: new Heidi({ region: HEIDI_REGION as HeidiRegion | undefined }), baseUrl: HEIDI_BASE_URL };
  }
  const sandbox = await createSandbox({ streamDelayMs: 40 });
  const { baseUrl, apiKey } = sandbox;
  return { heidi: new Heidi({ apiKey, baseUrl }), baseUrl };
}

/** Replace this with your own authentication: the user comes from the session or cookie, never from the request's body. */
function signedInUser(_request: Request): HeidiIdentity {
  return {
    email: HEIDI_EMAIL ?? "dr.web@clinic.example",
    thirdPartyInternalId: HEIDI_USER_ID ?? "web-app",
  };
}

const { heidi, baseUrl } = await connect();
const app = express();
const token = tokenHandler(heidi, signedInUser, {
  onError: (error) => console.error(error instanceof Error ? error.message : error),
});
app.all("/heidi-token", toNodeHandler(token));
app.get("/config", (_request, response) => {
  response.set("cache-control", "no-store").json({ baseUrl, region: HEIDI_REGION });
});

const server = createServer(app);
const vite = await createViteServer({
  root: fileURLToPath(new URL("./page", import.meta.url)),
  server: { middlewareMode: true, hmr: { server } },
  // The page for React needs React, which is not installed everywhere.
  optimizeDeps: { entries: ["index.html"] },
});
app.use(vite.middlewares);

server.listen(Number(PORT ?? 5173), "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : PORT;
  console.log(`Open http://localhost:${port} (${HEIDI_API_KEY === undefined ? "sandbox" : "Heidi API"}).`);
});
