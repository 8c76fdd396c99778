import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { HeidiUploadError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { codeOf, redactPath } from "../../../src/upload/errors.ts";
import { clinicianOn } from "../arguments/support.ts";

const PATH = "/tmp/karen-smith-1961.mp3";

/** As Node's own errors are to whoever runs in a context of its own, such as a test of Jest's. */
const foreign = (): Error =>
  runInNewContext(
    `Object.assign(new Error("ENOENT: no such file, open '${PATH}'"), { code: "ENOENT", syscall: "open", path: "${PATH}" })`,
  ) as Error;

describe("a system error of another realm", () => {
  it("is known by its code, and names no file [D1] [I1]", () => {
    expect(foreign()).not.toBeInstanceOf(Error);
    expect(codeOf(foreign())).toBe("ENOENT");
    expect(redactPath(foreign())).toMatchObject({ message: "ENOENT in open", code: "ENOENT" });
  });

  it("names no file in the error of an upload either [D1] [I1]", async () => {
    const { clinician } = clinicianOn();
    const file = (): Promise<never> => Promise.reject(foreign());
    const error: unknown = await clinician.transcription
      .uploadAudio("1", { file: { data: file, sizeBytes: 5 } })
      .catch((reason) => reason);
    expect(error).toBeInstanceOf(HeidiUploadError);
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain("karen");
  });
});
