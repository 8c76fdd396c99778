import { createRequire } from "node:module";
import fc from "fast-check";
import * as undici from "undici";
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../src/errors.ts";
import { classifyFault as classify, classifyStatus, NetworkError } from "../../../src/http/outcome.ts";
import { isPermanentCode } from "../../../src/http/permanent-codes.ts";

const OUTCOMES: readonly Outcome[] = ["not-sent", "rejected", "processed", "unknown"];

interface Shape {
  readonly code?: string;
  readonly syscall?: string;
  readonly message?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

function failure({ message = "it failed", ...fields }: Shape): Error {
  return Object.assign(new Error(message), fields);
}

const classifyFault = (error: unknown, sent = true): ReturnType<typeof classify> =>
  classify(error, sent, isPermanentCode);

describe("what a failure proves", () => {
  // The measured table of the failure catalogue.
  it.each<[string, Shape, Outcome, boolean]>([
    ["a closed port", { code: "ECONNREFUSED", syscall: "connect" }, "not-sent", false],
    ["a name that does not exist", { code: "ENOTFOUND", syscall: "getaddrinfo" }, "not-sent", false],
    ["a name server that does not answer", { code: "EAI_AGAIN", syscall: "getaddrinfo" }, "not-sent", false],
    ["a black hole", { code: "UND_ERR_CONNECT_TIMEOUT" }, "not-sent", false],
    ["an unreachable peer", { code: "EHOSTUNREACH", syscall: "connect" }, "not-sent", false],
    ["a connect that times out", { code: "ETIMEDOUT", syscall: "connect" }, "not-sent", false],
    ["a reset while connecting", { code: "ECONNRESET", syscall: "connect" }, "not-sent", false],
    ["a self-signed certificate", { code: "DEPTH_ZERO_SELF_SIGNED_CERT" }, "not-sent", true],
    ["an expired certificate", { code: "CERT_HAS_EXPIRED" }, "not-sent", true],
    ["a certificate of another host", { code: "ERR_TLS_CERT_ALTNAME_INVALID" }, "not-sent", true],
    ["TLS spoken to a plaintext port", { code: "ERR_SSL_WRONG_VERSION_NUMBER" }, "not-sent", true],
    [
      "a connection closed in the handshake",
      {
        code: "ECONNRESET",
        message: "Client network socket disconnected before secure TLS connection was established",
      },
      "not-sent",
      false,
    ],
    ["a FIN from the other side", { code: "UND_ERR_SOCKET", message: "other side closed" }, "unknown", false],
    ["a reset while reading", { code: "ECONNRESET", syscall: "read" }, "unknown", false],
    ["a reset while writing", { code: "ECONNRESET", syscall: "write" }, "unknown", false],
    ["a broken pipe", { code: "EPIPE", syscall: "write" }, "unknown", false],
    ["a reset of which nothing more is known", { code: "ECONNRESET" }, "unknown", false],
    ["bytes that are not HTTP", { code: "HPE_INVALID_CONSTANT" }, "unknown", false],
    ["headers that do not come", { code: "UND_ERR_HEADERS_TIMEOUT" }, "unknown", false],
    ["a body that does not come", { code: "UND_ERR_BODY_TIMEOUT" }, "unknown", false],
    ["a time-out on an open connection", { code: "ETIMEDOUT", syscall: "read" }, "unknown", false],
    ["a code nobody knows", { code: "EBRANDNEW" }, "unknown", false],
    ["no code at all", {}, "unknown", false],
  ])("%s [C2]", (_, shape, outcome, permanent) => {
    expect(classifyFault(failure(shape))).toMatchObject({ outcome, permanent });
    // However deep the platform wraps it.
    const wrapped = new TypeError("fetch failed", { cause: failure(shape) });
    expect(classifyFault(wrapped)).toMatchObject({ outcome, permanent });
    expect(classifyFault(new Error("outer", { cause: wrapped }))).toMatchObject({ outcome, permanent });
  });

  it("is not-sent for several addresses only when that is proven of each [B5]", () => {
    const refused = failure({ code: "ECONNREFUSED", syscall: "connect" });
    const reset = failure({ code: "ECONNRESET", syscall: "read" });
    expect(classifyFault(new AggregateError([refused, refused])).outcome).toBe("not-sent");
    expect(
      classifyFault(new TypeError("fetch failed", { cause: new AggregateError([refused, refused]) })).outcome,
    ).toBe("not-sent");
    expect(classifyFault(new AggregateError([refused, reset])).outcome).toBe("unknown");
    expect(classifyFault(new AggregateError([])).outcome).toBe("unknown");
  });

  // The forms of Bun (no system call) and Deno (no code); what the real ones throw is tried in test/runtimes.
  it.each<[string, Shape, Outcome]>([
    ["a closed port in Bun", { code: "ConnectionRefused" }, "not-sent"],
    ["a closed port in Bun's node:net", { code: "ECONNREFUSED" }, "not-sent"],
    ["a name that does not exist in Bun", { code: "FailedToOpenSocket" }, "not-sent"],
    ["a handshake in Bun", { message: "TLS handshake failed" }, "not-sent"],
    ["a reset in Bun", { code: "ECONNRESET", message: "The socket connection was closed" }, "unknown"],
    [
      "a closed port in Deno",
      {
        message:
          "error sending request for url (http://a.example/): client error (Connect): tcp connect error: Connection refused (os error 111)",
      },
      "not-sent",
    ],
    [
      "a cut in Deno",
      {
        message:
          "error sending request for url (http://a.example/): client error (SendRequest): connection closed before message completed",
      },
      "unknown",
    ],
  ])("%s [R15]", (_, shape, outcome) => {
    expect(classifyFault(failure(shape))).toMatchObject({ outcome, permanent: false });
    const wrapped = new TypeError("fetch failed", { cause: failure(shape) });
    expect(classifyFault(wrapped)).toMatchObject({ outcome });
  });

  it("gives every error class of undici an outcome, and calls only proven ones not-sent [C2]", () => {
    const proven = ["ConnectTimeoutError", "InvalidArgumentError", "NotSupportedError"];
    const notSent: string[] = [];
    const names = Object.keys(undici.errors) as (keyof typeof undici.errors)[];
    for (const name of names) {
      const Made = undici.errors[name] as unknown as new (...args: unknown[]) => Error;
      const fault = classifyFault(made(Made));
      expect(OUTCOMES).toContain(fault.outcome);
      if (fault.outcome === "not-sent") notSent.push(name);
    }
    expect(names.length).toBeGreaterThan(10);
    expect(notSent.filter((name) => !proven.includes(name))).toEqual([]);
    expect(notSent).toContain("ConnectTimeoutError");
  });

  it("calls every system error of a read or write unknown, and of a connect not-sent [C2]", () => {
    const { errno } = createRequire(import.meta.url)("node:os").constants as {
      errno: Record<string, number>;
    };
    for (const code of Object.keys(errno)) {
      for (const syscall of ["read", "write", "shutdown"]) {
        expect([code, syscall, classifyFault(failure({ code, syscall })).outcome]).toEqual([
          code,
          syscall,
          "unknown",
        ]);
      }
      expect(classifyFault(failure({ code, syscall: "connect" })).outcome).toBe("not-sent");
    }
  });

  it("calls every fault of the HTTP parser unknown [C2]", () => {
    for (const name of [
      "INVALID_CHUNK_SIZE",
      "UNEXPECTED_CONTENT_LENGTH",
      "HEADER_OVERFLOW",
      "CLOSED_CONNECTION",
      "USER",
    ]) {
      expect(classifyFault(failure({ code: `HPE_${name}` })).outcome).toBe("unknown");
    }
  });

  it("has an answer for whatever is thrown, and it is unknown [C2] [B48]", () => {
    const things = fc.oneof(
      fc.anything({ withNullPrototype: true, withDate: true, withMap: true }),
      fc.string().map((message) => new Error(message)),
    );
    fc.assert(
      fc.property(things, (thing) => {
        expect(OUTCOMES).toContain(classifyFault(thing).outcome);
      }),
    );
    for (const thing of [undefined, null, "ECONNREFUSED", 0, Symbol("x"), () => {}, {}, []]) {
      expect(classifyFault(thing).outcome).toBe("unknown");
    }
  });

  it("survives errors that are cyclic, endless or throw when looked at [C2]", () => {
    const cyclic = failure({});
    Object.assign(cyclic, { cause: cyclic, errors: [cyclic] });
    expect(classifyFault(cyclic).outcome).toBe("unknown");
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error("do not look");
        },
      },
    );
    expect(classifyFault(hostile).outcome).toBe("unknown");
  });

  it("knows that nothing was sent when the wire says that it never began", () => {
    expect(classifyFault(failure({ code: "ECONNRESET" }), false).outcome).toBe("not-sent");
    expect(classifyFault("anything", false).outcome).toBe("not-sent");
  });
});

describe("what an answer proves", () => {
  it.each([
    [200, "processed"],
    [201, "processed"],
    [204, "processed"],
    [301, "rejected"],
    [302, "rejected"],
    [303, "rejected"],
    [307, "rejected"],
    [308, "rejected"],
    [400, "rejected"],
    [429, "rejected"],
    [500, "unknown"],
    [503, "unknown"],
    [524, "unknown"],
  ] as const)("%d is %s", (status, outcome) => {
    expect(classifyStatus(status)).toBe(outcome);
  });
});

describe("what is shown of a failure", () => {
  it("is its code and system call, and nothing that the platform added", () => {
    const secret = "patient@example.org";
    const { code, syscall } = classifyFault(
      failure({ code: "ENOTFOUND", syscall: "getaddrinfo", message: `getaddrinfo ENOTFOUND ${secret}` }),
    );
    const fact = new NetworkError({ code, syscall });
    expect(fact.message).toBe("ENOTFOUND in getaddrinfo");
    const odd = classifyFault(failure({ code: `x ${secret}`, syscall: secret }));
    expect([odd.code, odd.syscall]).toEqual([undefined, undefined]);
  });
});

// Some classes of undici need arguments, and differ in which.
function made(Made: new (...args: unknown[]) => Error): Error {
  try {
    return new Made("it failed");
  } catch {
    return new Made("it failed", 500, { headers: {}, data: undefined });
  }
}
