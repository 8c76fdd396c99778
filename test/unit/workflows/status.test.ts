import { describe, expect, it } from "vitest";
import {
  statusOfChunks,
  statusOfCodes,
  statusOfDocument,
  statusOfNote,
  statusOfTranscript,
} from "../../../src/workflows/polling/status.ts";

const chunks = (...statuses: unknown[]): unknown => ({
  chunks: statuses.map((status) => ({ status, text: status === "READY" ? "said" : null })),
});

describe("the pieces of a transcript", () => {
  it.each([
    ["READY", "READY", "ready"],
    ["READY", "PENDING", "pending"],
    ["FAILED", "PENDING", "pending"],
    ["READY", "FAILED", "failed"],
    ["FAILED", "FAILED", "failed"],
    ["READY", "INDEXING", "pending"],
    ["READY", undefined, "pending"],
    [undefined, null, "none"],
  ])("that are %s and %s are together %s [F3]", (one, other, together) => {
    expect(statusOfChunks(chunks(one, other))).toBe(together);
  });

  it("that are ready without a word are a silent recording [F3]", () => {
    expect(statusOfChunks({ chunks: [{ status: "READY", text: " " }, { status: "READY" }] })).toBe("silent");
    expect(statusOfChunks({ chunks: [{ status: "READY" }], transcript: "said" })).toBe("ready");
  });

  it.each([[undefined], [null], ["text"], [{}], [{ chunks: null }], [{ chunks: [] }], [{ chunks: [null] }]])(
    "that are not there, as in %j, decide nothing [F3]",
    (live) => {
      expect(statusOfChunks(live)).toBe("none");
    },
  );

  it.each([
    ["none", "text", "ready"],
    ["none", "", "pending"],
    ["none", null, "pending"],
    ["pending", "text", "pending"],
    ["ready", "text", "ready"],
    ["ready", "", "pending"],
    ["silent", "", "ready"],
    ["failed", "text", "failed"],
    ["failed", "", "failed"],
  ] as const)("that are %s beside the transcript %j make it %s [F3]", (pieces, transcript, kind) => {
    expect(statusOfTranscript({ transcript }, pieces, { acceptPartial: false }).kind).toBe(kind);
  });

  it("that failed in part are accepted on demand, if there is any text [F3]", () => {
    const options = { acceptPartial: true };
    expect(statusOfTranscript({ transcript: "text" }, "failed", options).kind).toBe("ready");
    expect(statusOfTranscript({ transcript: "" }, "failed", options).kind).toBe("failed");
    expect(statusOfTranscript({ transcript: "text" }, "pending", options).kind).toBe("pending");
  });
});

describe("a status", () => {
  it.each([
    ["READY", "ready"],
    ["FAILED", "failed"],
    ["PROCESSING", "pending"],
    ["ready", "pending"],
    ["NEW", "pending"],
    [undefined, "pending"],
    [null, "pending"],
    [7, "pending"],
  ])("of %s is %s [F5]", (status, kind) => {
    expect(statusOfDocument(status, 1).kind).toBe(kind);
  });

  it.each([
    [{ status: "READY", entities: [] }, "ready"],
    [{ status: "PROCESSING", entities: [{}] }, "pending"],
    [{ entities: [] }, "pending"],
    [{ entities: [{}] }, "ready"],
    [{ status: null, clinical_entities: [{}] }, "ready"],
    [undefined, "pending"],
  ])("of codes %j is %s [F5]", (answer, kind) => {
    expect(statusOfCodes(answer).kind).toBe(kind);
  });

  it.each([
    [{ result: "# Note" }, "ready"],
    [{ result: " ", status: "READY" }, "pending"],
    [{ result: null, status: "FAILED" }, "failed"],
    [undefined, "pending"],
    [null, "pending"],
  ])("of a note %j is %s", (note, kind) => {
    expect(statusOfNote(note).kind).toBe(kind);
  });
});
