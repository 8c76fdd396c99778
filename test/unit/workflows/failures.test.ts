import {
  HeidiAuthenticationError,
  HeidiConnectionError,
  HeidiDecodeError,
  HeidiNotFoundError,
  HeidiPollError,
  HeidiTimeoutError,
} from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { isRetryable } from "../../../src/workflows/polling/retry-after.ts";
import { apiParts, cutConnection, type Find, Scene, serverError } from "./support.ts";

const notFound = (): HeidiNotFoundError =>
  new HeidiNotFoundError("none", apiParts(404), { outcome: "rejected" });
const certificate = (): HeidiConnectionError =>
  new HeidiConnectionError("certificate", {
    outcome: "not-sent",
    cause: Object.assign(new Error("x"), { code: "CERT_HAS_EXPIRED" }),
  });

describe("a wait whose look fails", () => {
  it.each<[string, Error]>([
    ["a 500", serverError(500)],
    ["a 502", serverError(502)],
    ["a 503", serverError(503)],
    ["a cut connection", cutConnection()],
    ["a refused connection", new HeidiConnectionError("refused", { outcome: "not-sent" })],
    ["a timeout", new HeidiTimeoutError("slow", { outcome: "unknown" })],
  ])("goes on after %s, and its deadline stays where it was [F6]", async (_, fault) => {
    const scene = new Scene([fault, fault, "READY"]);
    const phases: string[] = [];
    await scene.time.run(scene.wait({ onPoll: ({ phase }) => phases.push(phase) }));
    expect(phases).toEqual(["retrying", "retrying", "ready"]);

    const failing = new Scene((look) => (look % 2 === 0 ? "PROCESSING" : fault));
    const error = await failing.failureOf({ timeoutMs: 30_000 });
    expect(error).toBeInstanceOf(HeidiPollError);
    expect(error).toMatchObject({ fault: "deadline", lastStatus: "PROCESSING", elapsedMs: 29_000 });
    expect(failing.looksAtMs.at(-1)).toBe(29_000);
  });

  it("names the last fault as the cause when nothing else was seen [F6]", async () => {
    const fault = serverError(502);
    const error = await new Scene([fault]).failureOf({ timeoutMs: 5_000 });
    expect(error).toMatchObject({
      fault: "deadline",
      cause: fault,
      outcome: "unknown",
      lastStatus: undefined,
    });
  });

  it.each<[string, Error]>([
    ["a refused user", new HeidiAuthenticationError("no", apiParts(401), { outcome: "rejected" })],
    ["an answer that is not the API's", new HeidiDecodeError("html", { outcome: "processed" })],
    ["a certificate that is wrong", certificate()],
    ["a 501", serverError(501)],
  ])("ends with what it was when waiting cannot help: %s", async (_, fault) => {
    const scene = new Scene([fault, "READY"]);
    expect(await scene.failureOf()).toBe(fault);
    expect(scene.looksAtMs).toHaveLength(1);
  });

  it("goes on after a 404 as long as the thing may be too new to be known [F7]", async () => {
    const scene = new Scene([notFound(), notFound(), notFound(), "READY"]);
    expect(await scene.time.run(scene.wait())).toBeDefined();
  });

  it("ends with a 404 that stays [F7]", async () => {
    const fault = notFound();
    const scene = new Scene([fault]);
    expect(await scene.failureOf()).toBe(fault);
    expect(scene.looksAtMs.at(-1)).toBeLessThanOrEqual(11_000);
    expect(scene.looksAtMs.length).toBeGreaterThan(2);
  });

  it("ends with a 404 at once when the thing was there before: it was deleted [F7]", async () => {
    const fault = notFound();
    const scene = new Scene(["PENDING", fault, "READY"]);
    expect(await scene.failureOf()).toBe(fault);
    expect(scene.looksAtMs).toHaveLength(2);
  });

  it("treats an entry that is missing from its list alike [F7]", async () => {
    const missing: Find = {
      operationStatus: { kind: "missing" },
      status: undefined,
      answer: "",
      retryAfterMs: undefined,
    };
    const late = new Scene([missing, missing, "READY"]);
    expect(await late.time.run(late.wait())).toBeDefined();
    const error = await new Scene([missing]).failureOf();
    expect(error).toBeInstanceOf(HeidiPollError);
    expect(error).toMatchObject({ fault: "missing" });
    expect((error as HeidiPollError).elapsedMs).toBeGreaterThanOrEqual(10_000);
    const deleted = new Scene(["PENDING", missing]);
    expect(await deleted.failureOf()).toMatchObject({ fault: "missing", attempts: 2 });
  });

  it("judges by the class of the fault alone", () => {
    expect(isRetryable(certificate())).toBe(false);
    expect(isRetryable(cutConnection())).toBe(true);
  });
});
