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
    const { kind, baseUrl } = await request.json();
    context = current;
    const client = clients.get(kind) ?? clientOf(kind, baseUrl);
    clients.set(kind, client);
    try {
      await client.templates.list({ timeoutMs: 20_000 });
      return new Response("done");
    } catch (error) {
      return new Response(`${error.name}: ${error.message}`);
    }
  },
};
