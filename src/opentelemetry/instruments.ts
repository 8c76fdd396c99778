import { type Counter, type Histogram, type Meter, metrics } from "@opentelemetry/api";
import { version } from "../version.ts";
import type { AllowedAttributes } from "./attributes.ts";

/** The boundaries that OpenTelemetry's conventions give for HTTP requests, in seconds. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** A call can include retries, uploads and streams. */
const CALL_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800];

/** The metrics of one client. */
export interface Instruments {
  readonly requestDuration: Histogram<AllowedAttributes>;
  readonly callDuration: Histogram<AllowedAttributes>;
  readonly retries: Counter<AllowedAttributes>;
  readonly tokenExchanges: Counter<AllowedAttributes>;
  readonly sentBytes: Counter<AllowedAttributes>;
  readonly receivedBytes: Counter<AllowedAttributes>;
}

/** Creates the metrics. Call it as late as possible: a global meter provider that is registered later has no effect. */
export function createInstruments(meter: Meter = metrics.getMeter("heidi-health-sdk", version)): Instruments {
  return {
    requestDuration: meter.createHistogram("http.client.request.duration", {
      description: "Duration of HTTP client requests.",
      unit: "s",
      advice: { explicitBucketBoundaries: REQUEST_SECONDS },
    }),
    callDuration: meter.createHistogram("heidi.client.call.duration", {
      description: "Duration of calls, including retries, token exchanges and the reading of streams.",
      unit: "s",
      advice: { explicitBucketBoundaries: CALL_SECONDS },
    }),
    retries: meter.createCounter("heidi.client.retries", {
      description: "Attempts after the first one of a call.",
      unit: "{attempt}",
    }),
    tokenExchanges: meter.createCounter("heidi.client.token.exchanges", {
      description: "Tokens that the API issued for an API key.",
      unit: "{token}",
    }),
    sentBytes: meter.createCounter("heidi.client.body.sent", {
      description: "Size of the request bodies that were sent.",
      unit: "By",
    }),
    receivedBytes: meter.createCounter("heidi.client.body.received", {
      description: "Size of the response bodies that were read, after decompression.",
      unit: "By",
    }),
  };
}
