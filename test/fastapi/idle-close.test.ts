import { setTimeout as sleep } from "node:timers/promises";
import { Heidi } from "heidi-health-sdk";
import { afterEach, describe, expect, it } from "vitest";
import { openSlowLine, type SlowLine } from "../wire/slow-line.ts";
import { hasFastApi, Service } from "./service.ts";

/** uvicorn's default, which the service does not change. */
const KEEP_ALIVE_MS = 5_000;
const CLIENTS = 120;

let service: Service | undefined;
let line: SlowLine | undefined;
const clients: Heidi[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  line?.close();
  await service?.stop();
});

describe.skipIf(!hasFastApi)("uvicorn, 80 ms away (needs python3-fastapi)", () => {
  it("loses no create in its closing of idle connections, and gets each once [R37]", async () => {
    service = await Service.start({ dialect: "spec" });
    const { origin, url, apiKey } = service;
    line = await openSlowLine({ port: Number(new URL(origin).port), delayMs: 80 });
    const baseUrl = url.replace(origin, `http://127.0.0.1:${line.port}`);
    const outcomes = await Promise.all(
      // Clients of their own: what one has learned of the server must not help another.
      Array.from({ length: CLIENTS }, async (_, index) => {
        const heidi = new Heidi({ apiKey, baseUrl });
        clients.push(heidi);
        const clinician = heidi.forUser({
          email: `dr-${index}@clinic.example`,
          thirdPartyInternalId: `ehr-${index}`,
        });
        await clinician.templates.list();
        // Around the moment when the server's end crosses the request, and some well before.
        await sleep(index % 6 === 0 ? KEEP_ALIVE_MS - 1_200 : KEEP_ALIVE_MS - 160 + ((index * 7) % 200));
        return clinician.sessions.create({ ehr_appointment_id: `apt-${index}` }).then(
          () => "done",
          (error: unknown) => String(Reflect.get(Object(error), "outcome")),
        );
      }),
    );
    expect(outcomes.filter((outcome) => outcome !== "done")).toEqual([]);
    const creates = (await service.received()).filter(
      ({ method, path }) => method === "POST" && path?.endsWith("/sessions"),
    );
    expect(creates.map(({ user }) => user).toSorted()).toEqual(
      Array.from({ length: CLIENTS }, (_, index) => `dr-${index}@clinic.example`).toSorted(),
    );
  });
});
