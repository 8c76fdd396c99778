// Uses a client (or, as the measure of all others, undici alone) in the way its first argument names, and prints the time at which it has nothing more to wait for.
import { Agent } from "undici";
import { Heidi } from "../../../src/index.ts";

const [mode, baseUrl] = process.argv.slice(2);
const heidi = new Heidi({ apiKey: "key", ...(baseUrl === undefined ? {} : { baseUrl }) });
const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });
const ignore = (): void => {};

switch (mode) {
  case "undici-alone": {
    const { body } = await new Agent({ keepAliveTimeout: 55_000 }).request({
      origin: baseUrl ?? "",
      path: "/",
      method: "GET",
    });
    await body.text();
    break;
  }
  case "one-call":
    await clinician.templates.list();
    break;
  case "deadline-and-signal":
    await clinician.templates.list({
      totalTimeoutMs: 600_000,
      timeoutMs: 600_000,
      signal: new AbortController().signal,
    });
    break;
  case "aborted-back-off": {
    const abort = new AbortController();
    const call = clinician.sessions.create({}, { signal: abort.signal });
    setTimeout(() => abort.abort(), 200);
    await call.catch(ignore);
    break;
  }
  case "unread-answer":
    await clinician.templates.list().asResponse();
    break;
  case "failed-call":
    await clinician.sessions.create({}).catch(ignore);
    break;
}
console.log(Date.now());
