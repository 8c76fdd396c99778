import type { RequestOptions } from "../../http/options.ts";
import { checkAddress } from "./address.ts";
import { checkClock } from "./clock.ts";
import { NOT_KNOWN, tryDialect } from "./dialect.ts";
import { NOT_ASKED, tryExchange } from "./key.ts";
import { NOT_TRIED, tryLink } from "./link.ts";
import type { Diagnosis, DiagnosisCheck, DiagnosisTools, Finding } from "./types.ts";

/** Options of {@link Heidi.diagnose}. */
export type DiagnoseOptions = Pick<RequestOptions, "signal" | "timeoutMs">;

/** The default timeout of each request. A diagnosis is short and does not retry, because retries would hide the problem. */
const TIMEOUT_MS = 15_000;
const SLOW_MS = 1_500;

/** Checks everything that can prevent calls from working; throws only when it is aborted. */
export async function diagnose(tools: DiagnosisTools, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const { signal, timeoutMs = TIMEOUT_MS } = options;
  const request: RequestOptions = { signal, timeoutMs, maxRetries: 0 };
  const address = checkAddress(tools);
  const { clinician } = tools;
  const exchange = clinician ? await tryExchange(tools, clinician, request) : NOT_ASKED;
  const reached = exchange.unreachable
    ? { status: "failed" as const, ...exchange.unreachable }
    : address.finding;
  const link = clinician && exchange.token ? await tryLink(tools, clinician, request) : NOT_TRIED;
  const dialect =
    clinician && link.latencyMs !== undefined
      ? await tryDialect(clinician, tools.dialect, request)
      : NOT_KNOWN;
  const checks: readonly DiagnosisCheck[] = [
    { name: "address", ...reached },
    { name: "key", ...exchange.key },
    { name: "clock", ...checkClock(exchange.skewMs) },
    { name: "link", ...link.finding },
    { name: "dialect", ...dialect.finding },
    { name: "latency", ...checkLatency(link.latencyMs) },
  ];
  return {
    ok: checks.every(({ status }) => status !== "failed"),
    checks,
    deployment: address.deployment,
    skewMs: exchange.skewMs,
    latencyMs: link.latencyMs,
    linked: link.linked,
    dialect: dialect.dialect,
  };
}

function checkLatency(latencyMs: number | undefined): Finding {
  if (latencyMs === undefined) return { status: "unknown", finding: "Latency unknown: no call succeeded." };
  const finding = `A call on an open connection takes ${latencyMs} ms.`;
  if (latencyMs <= SLOW_MS) return { status: "ok", finding };
  return {
    status: "warning",
    finding,
    advice: "Check the network, and choose the nearest region.",
  };
}
