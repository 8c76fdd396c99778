import * as sdk from "heidi-health-sdk";
import * as browser from "heidi-health-sdk/browser";
import * as server from "heidi-health-sdk/server";
import { describe, expect, it } from "vitest";
import { operations } from "../../../generated/operations.ts";
import {
  type AttributeValues,
  allowed,
  namesOf,
  workflowName,
} from "../../../src/opentelemetry/attributes.ts";

const SECRET = "canary-4711";

const NAMES = [
  ...["http.request.method", "http.request.resend_count", "http.response.status_code", "url.template"],
  ...["server.port", "error.type", "heidi.operation", "heidi.outcome", "heidi.aborted", "heidi.attempts"],
  ...[
    "heidi.fault",
    "heidi.sent_bytes",
    "heidi.received_bytes",
    "heidi.polls",
    "heidi.chunks",
    "heidi.result",
  ],
];

describe("an attribute", () => {
  it.each(NAMES)("%s has no text of a call, whatever it is given", (name) => {
    const texts = [
      SECRET,
      `/sessions/${SECRET}`,
      `dr@${SECRET}.example`,
      "",
      "200 OK",
      "/sessions/abc",
      "getsession",
    ];
    const values: unknown[] = [
      ...texts,
      { toString: () => SECRET },
      [SECRET],
      [404],
      null,
      -1,
      1.5,
      Number.NaN,
    ];
    for (const value of values) expect(allowed({ [name]: value } as AttributeValues)).toEqual({});
  });

  it("of another name is never recorded", () => {
    const others = { "url.full": SECRET, "url.path": SECRET, "user.id": SECRET, "exception.message": SECRET };
    expect(allowed(others as AttributeValues)).toEqual({});
  });

  it("server.address is a host name or an address", () => {
    for (const host of ["au.api.heidihealth.com", "127.0.0.1", "::1", "localhost"])
      expect(allowed({ "server.address": host })).toEqual({ "server.address": host });
    for (const text of ["user:password@host", "host/path", "a host", "", "a".repeat(300)])
      expect(allowed({ "server.address": text })).toEqual({});
  });

  it("names every operation of the API, and its template", () => {
    for (const { id, name, path } of Object.values(operations)) {
      expect(allowed({ "heidi.operation": id, "url.template": path })).toEqual({
        "heidi.operation": id,
        "url.template": path,
      });
      expect(namesOf(id)).toEqual({ name, template: path });
    }
  });

  it("error.type is a class of error or a status, and knows every class", () => {
    expect(allowed({ "error.type": 404 })).toEqual({ "error.type": "404" });
    const extendsError = (value: unknown): boolean =>
      typeof value === "function" && (value === sdk.HeidiError || extendsError(Object.getPrototypeOf(value)));
    const classes = [sdk, browser, server].flatMap((entry) =>
      Object.values<unknown>(entry).filter(extendsError),
    ) as { readonly name: string }[];
    expect(classes.length).toBeGreaterThan(18);
    // What its caller aborts is no error.
    const names = classes.map(({ name }) => name).filter((name) => name !== "HeidiAbortError");
    for (const name of names) expect(allowed({ "error.type": name })).toEqual({ "error.type": name });
  });
});

describe("a name of a span", () => {
  it("has no text of a call", () => {
    expect(namesOf(SECRET)).toEqual({ name: "request", template: undefined });
    expect(workflowName("wait", SECRET)).toBe("workflow");
  });

  it("of a workflow is the method as users write it", () => {
    expect(workflowName("wait", "clinical codes")).toBe("clinicalCoding.waitForCodes");
    expect(workflowName("consult", undefined)).toBe("consult");
  });
});
