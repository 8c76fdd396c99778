import type { Row } from "../harness/metric.ts";
import { itemRow } from "./items.ts";

const ORDINARY_CHUNK_BYTES = 65_536;

export const ndjsonShort: Row = itemRow({
  id: "ndjson-short",
  title: "NDJSON, lines of 30 bytes",
  format: "ndjson",
  lineBytes: 30,
  lines: 200_000,
  chunkBytes: ORDINARY_CHUNK_BYTES,
  base: "parse",
  peers: ["jsonlines", "split2", "anthropic", "openai"],
  target: 2.1,
  gross: 5,
  grossText: 2.5,
  note: "1 is `JSON.parse` of strings in memory; parse-await is the same in a `for await`, whose cost every stream of promises has: the target is one and a half times that.",
});

export const ndjsonLong: Row = itemRow({
  id: "ndjson-long",
  title: "NDJSON, lines of 10 KB with multibyte text",
  format: "ndjson",
  lineBytes: 10_000,
  lines: 2_000,
  chunkBytes: ORDINARY_CHUNK_BYTES,
  base: "parse",
  peers: ["jsonlines", "split2", "anthropic", "openai"],
  target: 2.5,
  gross: 15,
  grossText: 2.5,
});

export const ndjsonSingleBytes: Row = itemRow({
  id: "ndjson-1-byte",
  title: "NDJSON in chunks of 1 byte",
  format: "ndjson",
  lineBytes: 2_000,
  lines: 60,
  chunkBytes: 1,
  base: "drain",
  peers: ["jsonlines", "split2", "anthropic", "openai"],
  target: 1.5,
  gross: 6,
  note: "1 is draining the same reader without reading a byte of its chunks.",
});

export const ndjsonFewBytes: Row = itemRow({
  id: "ndjson-7-bytes",
  title: "NDJSON in chunks of 7 bytes",
  format: "ndjson",
  lineBytes: 2_000,
  lines: 300,
  chunkBytes: 7,
  base: "drain",
  peers: ["jsonlines", "split2", "anthropic", "openai"],
  target: 1.5,
  gross: 6,
});

export const sseShort: Row = itemRow({
  id: "sse-short",
  title: "Server-Sent Events, the items of 30 bytes",
  format: "sse",
  lineBytes: 30,
  lines: 200_000,
  chunkBytes: ORDINARY_CHUNK_BYTES,
  base: "parse",
  peers: ["anthropic", "openai"],
  target: 1.6,
  gross: 6,
  grossText: 6,
});

export const sseLong: Row = itemRow({
  id: "sse-long",
  title: "Server-Sent Events, the items of 10 KB",
  format: "sse",
  lineBytes: 10_000,
  lines: 2_000,
  chunkBytes: ORDINARY_CHUNK_BYTES,
  base: "parse",
  peers: ["anthropic", "openai"],
  target: 1.6,
  gross: 15,
  grossText: 2.5,
});
