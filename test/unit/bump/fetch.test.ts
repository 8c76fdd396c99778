import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDescription } from "../../../scripts/bump/description.ts";

const SOURCE = "https://api.example.com/openapi.yaml";
const redirect = (location: string, status = 302) => new Response(null, { status, headers: { location } });

/** A web that answers by address, and remembers what it was asked for. */
function web(answers: Record<string, () => Response>): { asked: string[]; fetch: typeof globalThis.fetch } {
  const asked: string[] = [];
  return {
    asked,
    fetch: async (input) => {
      asked.push(String(input));
      const answer = answers[String(input)];
      if (!answer) throw new TypeError("fetch failed", { cause: new Error("getaddrinfo ENOTFOUND") });
      return answer();
    },
  };
}

describe("a description from the web", () => {
  it("is read as text", async () => {
    const { fetch } = web({ [SOURCE]: () => new Response("openapi: 3.1.0 # ü") });
    await expect(readDescription(SOURCE, fetch)).resolves.toBe("openapi: 3.1.0 # ü");
  });

  it("may move on its own host", async () => {
    const { fetch, asked } = web({
      [SOURCE]: () => redirect("/v2.yaml"),
      "https://api.example.com/v2.yaml": () => new Response("openapi: 3.1.0"),
    });
    await expect(readDescription(SOURCE, fetch)).resolves.toBe("openapi: 3.1.0");
    expect(asked).toHaveLength(2);
  });

  it.each([
    [
      "to another host",
      () => redirect("https://evil.example/openapi.yaml"),
      /redirects to another host \(evil\.example\)/,
    ],
    ["to another port", () => redirect("https://api.example.com:8443/"), /redirects to another host/],
    ["to plain http", () => redirect("http://api.example.com/openapi.yaml"), /not an https URL/],
    ["in a circle", () => redirect(SOURCE), /redirects more than 3 times/],
    ["with an error", () => new Response("no", { status: 404 }), /answered with status 404: check the URL/],
    ["with other bytes", () => new Response(new Uint8Array([0xff, 0xfe, 0x00])), /not UTF-8 text/],
  ])("is refused when it answers %s, and nothing else is asked", async (_, answer, message) => {
    const { fetch, asked } = web({ [SOURCE]: answer });
    await expect(readDescription(SOURCE, fetch)).rejects.toThrow(message);
    expect(new Set(asked)).toEqual(new Set([SOURCE]));
  });

  it("is refused when it does not end, without reading all of it", async () => {
    let pulled = 0;
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(1024 * 1024));
      },
      cancel: () => {
        cancelled = true;
      },
    });
    const { fetch } = web({ [SOURCE]: () => new Response(endless) });
    await expect(readDescription(SOURCE, fetch)).rejects.toThrow(/larger than 5242880 bytes/);
    expect([pulled < 10, cancelled]).toEqual([true, true]);
  });

  it("is refused when nobody answers, with the reason", async () => {
    await expect(readDescription(SOURCE, web({}).fetch)).rejects.toThrow(
      `${SOURCE}:1: could not be fetched (getaddrinfo ENOTFOUND): try again, or download it and pass the file`,
    );
  });

  it.each(["http://api.example.com/x", "ftp://api.example.com/x", "https://"])(
    "is never asked for at %s",
    async (source) => {
      const { fetch, asked } = web({});
      await expect(readDescription(source, fetch)).rejects.toThrow(/not an https URL: use https or a file/);
      expect(asked).toEqual([]);
    },
  );
});

describe("a description from disk", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "fetch-"));
    writeFileSync(join(folder, "good.yaml"), "openapi: 3.1.0");
    writeFileSync(join(folder, "large.yaml"), "");
    truncateSync(join(folder, "large.yaml"), 5 * 1024 * 1024 + 1);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is read as text", async () => {
    await expect(readDescription(join(folder, "good.yaml"))).resolves.toBe("openapi: 3.1.0");
  });

  it.each([
    ["missing.yaml", /missing\.yaml:1: cannot be read \(ENOENT\): pass a file or an https URL/],
    [".", /:1: cannot be read \(EISDIR\)/],
    ["large.yaml", /large\.yaml:1: larger than 5242880 bytes/],
  ])("is refused: %s", async (file, message) => {
    await expect(readDescription(join(folder, file))).rejects.toThrow(message);
  });
});
