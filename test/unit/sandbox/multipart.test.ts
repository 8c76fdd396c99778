import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundaryOf, MultipartError, parseMultipart } from "../../../src/sandbox/multipart.ts";

interface Part {
  name: string;
  filename: string | undefined;
  contentType: string | undefined;
  data: string;
}

async function parse(chunks: readonly Uint8Array[], boundary: string): Promise<Part[]> {
  const parts: Part[] = [];
  const body = (async function* () {
    yield* chunks;
  })();
  await parseMultipart(body, boundary, (head) => {
    const received: Buffer[] = [];
    return {
      write: (chunk) => void received.push(Buffer.from(chunk)),
      end: () => void parts.push({ ...head, data: Buffer.concat(received).toString("latin1") }),
    };
  });
  return parts;
}

function split(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.slice(index * size, (index + 1) * size),
  );
}

const text = (lines: readonly string[]): Buffer => Buffer.from(lines.join("\r\n"), "latin1");

describe("multipart parser", () => {
  it("gives the same parts for every way of cutting the body into chunks", async () => {
    const body = text([
      "a preamble nobody reads",
      "--XyZ  ",
      'Content-Disposition: form-data; name="note"',
      "",
      "line one\r\n--Xy not a boundary\r\r\n",
      "--XyZ",
      'content-disposition: form-data; name="file"; filename="a%22b.ogg"',
      "Content-Type: audio/ogg",
      "",
      "\r\n\r\n--X\r",
      "--XyZ",
      'Content-Disposition: form-data; name="empty"',
      "",
      "",
      "--XyZ--",
      "epilogue --XyZ",
    ]);
    const whole = await parse([body], "XyZ");
    expect(whole).toEqual([
      {
        name: "note",
        filename: undefined,
        contentType: undefined,
        data: "line one\r\n--Xy not a boundary\r\r\n",
      },
      { name: "file", filename: 'a"b.ogg', contentType: "audio/ogg", data: "\r\n\r\n--X\r" },
      { name: "empty", filename: undefined, contentType: undefined, data: "" },
    ]);
    for (let size = 1; size < body.length; size += 1)
      expect(await parse(split(body, size), "XyZ")).toEqual(whole);
  });

  it("returns any content byte for byte", async () => {
    const bytes = fc
      .uint8Array({ maxLength: 300 })
      .chain((random) =>
        fc
          .constantFrom("\r\n", "\r\n--", "\r\n--bnd".slice(0, 6), "")
          .map((bait) => Buffer.concat([Buffer.from(bait), random, Buffer.from(bait)])),
      );
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 50 }), async (data, size) => {
        const head = '--bnd42\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n';
        const body = Buffer.concat([Buffer.from(head), data, Buffer.from("\r\n--bnd42--\r\n")]);
        const [part] = await parse(split(body, size), "bnd42");
        expect(part?.data).toBe(data.toString("latin1"));
      }),
      { numRuns: 200 },
    );
  });

  it("refuses every malformed body with an error of its own, and never hangs", async () => {
    const head = 'Content-Disposition: form-data; name="file"';
    const bodies = [
      "",
      "no boundary at all",
      "--B",
      `--B\r\n${head}`,
      `--B\r\n${head}\r\n\r\ncut off`,
      `--B\r\n${head}\r\n\r\ndata\r\n--Bjunk\r\n`,
      `--B\r\n\r\nno headers\r\n--B--`,
      `--B\r\nContent-Disposition: attachment\r\n\r\n\r\n--B--`,
      `--B\r\nContent-Disposition: form-data; filename="x"\r\n\r\n\r\n--B--`,
      `--B\r\nno colon here\r\n\r\n\r\n--B--`,
      `--B\r\n${head}\xff\r\n\r\n\r\n--B--`,
      `--B\r\nX: ${"x".repeat(20_000)}\r\n\r\n\r\n--B--`,
      `--B\r\nX: ${"x".repeat(20_000)}`,
      `--B${" ".repeat(1000)}`,
      `${`--B\r\n${head}\r\n\r\n\r\n`.repeat(300)}--B--`,
    ];
    for (const body of bodies) {
      await expect(parse(split(Buffer.from(body, "latin1"), 7), "B"), body.slice(0, 60)).rejects.toThrow(
        MultipartError,
      );
    }
  });

  it("ends with parts or its own error for any bytes", async () => {
    const words = fc.constantFrom(
      "--B",
      "\r\n",
      "--",
      'Content-Disposition: form-data; name="f"',
      "\r\n\r\n",
      "x",
      "\0",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(words, { maxLength: 30 }),
        fc.integer({ min: 1, max: 9 }),
        async (list, size) => {
          const outcome = await parse(split(Buffer.from(list.join("")), size), "B").catch(
            (error: unknown) => error,
          );
          expect(Array.isArray(outcome) || outcome instanceof MultipartError).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("reads quoted and bare boundaries, and refuses missing and overlong ones", () => {
    expect(boundaryOf("multipart/form-data; boundary=abc")).toBe("abc");
    expect(boundaryOf('multipart/form-data; charset=x; Boundary="a b"')).toBe("a b");
    expect(() => boundaryOf("multipart/form-data")).toThrow(MultipartError);
    expect(() => boundaryOf(`multipart/form-data; boundary=${"x".repeat(71)}`)).toThrow(MultipartError);
  });
});
