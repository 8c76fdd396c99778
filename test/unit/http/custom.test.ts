import { Heidi, type HeidiArgumentError, type HttpMethod } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";

interface Seen {
  readonly url: string;
  readonly init: RequestInit;
  readonly form: string;
}

/** A user whose requests are noted and answered with `{}`. */
function noted(): { seen: Seen[]; user: ReturnType<typeof Heidi.withToken> } {
  const seen: Seen[] = [];
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    seen.push({ url, init, form: typeof init.body === "object" ? await new Response(init.body).text() : "" });
    return Response.json({ ok: true });
  };
  return { seen, user: Heidi.withToken("token", { baseUrl: "https://api.example/base", fetch }) };
}

describe("a request for an endpoint that the SDK does not know", () => {
  it("goes below the base URL, with the user's token, query and JSON", async () => {
    const { seen, user } = noted();
    const answer = await user.request("POST", "/a/b:c", {
      query: { x: ["1", "2"], y: undefined },
      body: { z: 1 },
    });
    expect(answer).toEqual({ ok: true });
    expect(seen[0]?.url).toBe("https://api.example/base/a/b:c?x=1&x=2");
    expect(seen[0]?.init).toMatchObject({
      method: "POST",
      body: '{"z":1}',
      headers: { authorization: "Bearer token" },
    });
  });

  it("takes any JSON as its body, also a list", async () => {
    const { seen, user } = noted();
    await user.request("PUT", "/list", { body: [1, "two"] });
    expect(seen[0]?.init.body).toBe('[1,"two"]');
  });

  it("keeps what was encoded as it was", async () => {
    const { seen, user } = noted();
    await user.request("GET", `/sessions/${encodeURIComponent("a/b c")}`);
    expect(seen[0]?.url).toBe("https://api.example/base/sessions/a%2Fb%20c");
  });

  it.each([
    "",
    "sessions",
    "//evil.example/x",
    "/a//b",
    "/a/../b",
    "/a/%2e%2e/b",
    "/a?b",
    "/a#b",
    "/a b",
    "/{id}",
    "/ü",
    "/%zz",
    "/a\\b",
  ])("is refused before it is sent when its path is %j [G1]", async (path) => {
    const { seen, user } = noted();
    const error = await user.request("GET", path).catch((caught: HeidiArgumentError) => caught);
    expect(error).toMatchObject({
      name: "HeidiArgumentError",
      argument: "path",
      operation: "request",
      outcome: "not-sent",
    });
    expect(seen).toEqual([]);
  });

  it("refuses methods that HTTP does not know, and bodies where there can be none", async () => {
    const { user } = noted();
    await expect(user.request("BREW" as HttpMethod, "/pot")).rejects.toMatchObject({ argument: "method" });
    await expect(user.request("GET", "/pot", { body: {} })).rejects.toMatchObject({ argument: "body" });
    await expect(user.request("POST", "/pot", { body: {}, multipart: {} })).rejects.toMatchObject({
      argument: "multipart",
    });
  });
});

describe("an upload over a platform's fetch", () => {
  it("is a stream with its length, and reports its bytes as they are taken [R42] [R51]", async () => {
    const { seen, user } = noted();
    const progress: unknown[] = [];
    await user.transcription.uploadAudio(
      "1",
      { file: new File(["OggS-sound"], "visit.ogg") },
      { onProgress: (now) => progress.push(now) },
    );
    const size = seen[0]?.form.length;
    expect(seen[0]?.init.headers).toMatchObject({ "content-length": String(size) });
    expect(progress[0]).toEqual({ sentBytes: 0, totalBytes: size });
    expect(progress.at(-1)).toEqual({ sentBytes: size, totalBytes: size });
    expect(progress.length).toBeGreaterThan(2);
  });

  it("streams what has no known size, without asking for a redirect's copy", async () => {
    const { seen, user } = noted();
    async function* sound(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode("OggS-");
      yield new TextEncoder().encode("sound");
    }
    const upload = user.transcription.uploadAudio("1", { file: { data: sound(), filename: "visit.ogg" } });
    await upload;
    expect(seen[0]?.init).toMatchObject({ duplex: "half", redirect: "error" });
    expect(seen[0]?.form).toContain("OggS-sound");
    expect(seen[0]?.init.headers).not.toHaveProperty("content-length");
  });
});

describe("form fields of a request outside of the table [R4]", () => {
  const PDF = new TextEncoder().encode("%PDF-1.7");
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield PDF;
  }

  it.each<[string, () => unknown]>([
    ["bytes with facts", () => ({ data: PDF, filename: "a.pdf" })],
    ["a Blob with facts", () => ({ data: new Blob([PDF]), contentType: "application/pdf" })],
    ["a function with facts", () => ({ data: stream, filename: "a.pdf" })],
    ["a function", () => stream],
    ["a stream", () => stream()],
    ["files in a list", () => [{ data: PDF, filename: "a.pdf" }, PDF]],
  ])("takes a file as uploads do: %s", async (_, file) => {
    const { seen, user } = noted();
    await user.request("POST", "/files", { multipart: { f: file() } });
    expect(seen[0]?.form).toMatch(
      /name="f"; filename="[^"]+"\r\nContent-Type: application\/pdf\r\n\r\n%PDF-1\.7\r\n/,
    );
    expect(seen[0]?.form).not.toContain("{");
  });

  it("takes text, numbers, flags, dates, addresses and JSON", async () => {
    const { seen, user } = noted();
    const url = new URL("https://a.example/x?y");
    const multipart = { n: 1, flag: false, at: new Date(0), url, data: { data: { a: [1] } } };
    await user.request("POST", "/files", { multipart });
    for (const text of [
      "1",
      "false",
      "1970-01-01T00:00:00.000Z",
      "https://a.example/x?y",
      '{"data":{"a":[1]}}',
    ])
      expect(seen[0]?.form).toContain(`\r\n\r\n${text}\r\n`);
  });

  it.each<[string, unknown]>([
    ["facts around no file", { data: "text", filename: "a.pdf" }],
    ["bytes within an object", { pages: [PDF] }],
    ["a Blob within an object", { page: new Blob([PDF]) }],
    ["a list in a list", [[PDF]]],
    ["a Map", new Map([["a", 1]])],
    ["a FormData", new FormData()],
    ["a function within an object", { f: stream }],
    ["an invalid date", new Date(Number.NaN)],
    ["not a number", Number.NaN],
    ["a symbol", Symbol("x")],
  ])("refuses what it would lose: %s", async (_, f) => {
    const { seen, user } = noted();
    await expect(user.request("POST", "/files", { multipart: { f } })).rejects.toMatchObject({
      name: "HeidiArgumentError",
      outcome: "not-sent",
    });
    expect(seen).toEqual([]);
  });
});

describe("a JSON body of which JSON would lose something [R33]", () => {
  class Patient {
    readonly #first = "Ada";
    get first_name(): string {
      return this.#first;
    }
  }

  it.each<[string, unknown]>([
    ["a FormData", new FormData()],
    ["a query", new URLSearchParams({ a: "1" })],
    ["a Map", new Map([["a", 1]])],
    ["a Set", new Set([1])],
    ["a Blob", new Blob(["x"])],
    ["bytes", new Uint8Array(2)],
    ["a promise", Promise.resolve({})],
    ["a Map within", { a: [new Map()] }],
    ["a function within", { a: () => 1 }],
    ["an instance with getters alone", new Patient()],
  ])("is refused: %s", async (_, body) => {
    const { seen, user } = noted();
    await expect(user.request("POST", "/x", { body })).rejects.toMatchObject({
      name: "HeidiArgumentError",
      argument: "body",
      outcome: "not-sent",
    });
    expect(seen).toEqual([]);
  });

  it("is sent with the API's fields that are getters of its class", async () => {
    const { seen, user } = noted();
    await user.patientProfiles.create(new Patient() as never);
    expect(JSON.parse(String(seen[0]?.init.body))).toEqual({ first_name: "Ada" });
  });

  it("is sent as JSON where nothing is lost", async () => {
    const { seen, user } = noted();
    class Own {
      a = 1;
    }
    const body = {
      own: new Own(),
      at: new Date(0),
      none: {},
      bare: Object.create(null),
      n: new Number(1),
      list: [],
    };
    await user.request("POST", "/x", { body });
    expect(seen[0]?.init.body).toBe(
      '{"own":{"a":1},"at":"1970-01-01T00:00:00.000Z","none":{},"bare":{},"n":1,"list":[]}',
    );
  });

  it("a form that is a FormData is refused with advice, not told to be without its file", async () => {
    const { seen, user } = noted();
    const form = new FormData();
    form.append("file", new File(["OggS"], "a.ogg"));
    for (const call of [
      user.transcription.uploadAudio("1", form as never),
      user.request("POST", "/x", { multipart: form as never }),
    ]) {
      await expect(call).rejects.toMatchObject({ name: "HeidiArgumentError", argument: "body" });
      await expect(call).rejects.toThrow(/FormData.*Object\.fromEntries/);
    }
    expect(seen).toEqual([]);
  });
});
