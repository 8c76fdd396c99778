import { Heidi, type HeidiArgumentError, type HttpMethod } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";

interface Seen {
  readonly url: string;
  readonly init: RequestInit;
}

/** A user whose requests are noted and answered with `{}`. */
function noted(): { seen: Seen[]; user: ReturnType<typeof Heidi.withToken> } {
  const seen: Seen[] = [];
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    seen.push({ url, init });
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
  it("reports all of its bytes once they are sent, although the platform tells nothing on the way", async () => {
    const { seen, user } = noted();
    const progress: unknown[] = [];
    await user.transcription.uploadAudio(
      "1",
      { file: new File(["OggS-sound"], "visit.ogg") },
      { onProgress: (now) => progress.push(now) },
    );
    const { body } = seen[0]?.init ?? {};
    expect(body).toBeInstanceOf(Blob);
    const { size } = body as Blob;
    expect(progress).toEqual([{ sentBytes: size, totalBytes: size }]);
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
    expect(seen[0]?.init.body).toBeInstanceOf(ReadableStream);
  });
});
