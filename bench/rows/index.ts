import type { Row } from "../harness/metric.ts";
import { firstItem } from "./first-item.ts";
import { jsonCpu } from "./json-cpu.ts";
import { jsonLatency } from "./json-latency.ts";
import { ndjsonFewBytes, ndjsonLong, ndjsonShort, ndjsonSingleBytes, sseLong, sseShort } from "./streams.ts";
import { upload } from "./upload.ts";

/** In the order of the report. */
export const rows: readonly Row[] = [
  jsonCpu,
  jsonLatency,
  ndjsonShort,
  ndjsonLong,
  ndjsonSingleBytes,
  ndjsonFewBytes,
  sseShort,
  sseLong,
  firstItem,
  upload,
];
