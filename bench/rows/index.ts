import type { Row } from "../harness/metric.ts";
import { browserBundle } from "./bundle.ts";
import { callLine } from "./call-line.ts";
import { concurrency } from "./concurrency.ts";
import { firstItem } from "./first-item.ts";
import { firstResponse } from "./first-response.ts";
import { footprint } from "./footprint.ts";
import { importCost } from "./import.ts";
import { jsonCpu } from "./json-cpu.ts";
import { jsonLatency } from "./json-latency.ts";
import { jsonWrite } from "./json-write.ts";
import { manyStreams } from "./many-streams.ts";
import { manyUploads } from "./many-uploads.ts";
import { manyUsers } from "./many-users.ts";
import { memory } from "./memory.ts";
import { polling } from "./polling.ts";
import { segmenting } from "./segment.ts";
import { ndjsonFewBytes, ndjsonLong, ndjsonShort, ndjsonSingleBytes, sseLong, sseShort } from "./streams.ts";
import { typeCheck } from "./types.ts";
import { upload } from "./upload.ts";

/** All rows in the order of the report. */
export const rows: readonly Row[] = [
  jsonCpu,
  jsonLatency,
  jsonWrite,
  callLine,
  ndjsonShort,
  ndjsonLong,
  ndjsonSingleBytes,
  ndjsonFewBytes,
  sseShort,
  sseLong,
  firstItem,
  upload,
  segmenting,
  importCost,
  firstResponse,
  browserBundle,
  footprint,
  typeCheck,
  memory,
  polling,
  concurrency,
  manyStreams,
  manyUploads,
  manyUsers,
];
