// A Worker with its clients in its module, as most have them: each request makes one call of the kind that it names.
import { Heidi } from "heidi-health-sdk";

const clients = new Map();
let context;

function clientOf(kind, baseUrl) {
  const options = kind.endsWith("waitUntil")
    ? { baseUrl, waitUntil: (work) => context.waitUntil(work) }
    : { baseUrl };
  if (kind.startsWith("key")) {
    const heidi = new Heidi({ apiKey: "key", ...options });
    return heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
  }
  return Heidi.withToken(async () => (await fetch(`${baseUrl}/jwt`)).json(), options);
}

export default {
  async fetch(request, _, current) {
    const { kind, baseUrl, leaves } = await request.json();
    context = current;
    const client = clients.get(kind) ?? clientOf(kind, baseUrl);
    clients.set(kind, client);
    if (leaves) {
      // Answers while its call waits for a token: the platform ends what the call began.
      client.templates.list().catch(() => {});
      while ((await (await fetch(`${baseUrl}/begun`)).text()) === "0")
        await new Promise((soon) => setTimeout(soon, 10));
      return new Response("left");
    }
    try {
      await client.templates.list({ timeoutMs: 20_000 });
      return new Response("done");
    } catch (error) {
      return new Response(`${error.name}: ${error.message}`);
    }
  },
};
