import { describe, expect, it } from "vitest";
import { readOperations } from "../../../scripts/spec/model.ts";
import { getPlans, modelsOf, OK, problemsOf, read, specText } from "./specs.ts";

const operation = (id: string, more = "") =>
  `operationId: ${id}, responses: { '200': { description: Done. } }${more}`;

describe("a spec that cannot be used", () => {
  it.each([
    ["is not YAML", "openapi: 3.1.0\npaths: {\n", /^small\.yaml:\d+: not YAML/],
    ["is a list", "- 1\n", /^small\.yaml:1: not an OpenAPI or Overlay document/],
    [
      "is OpenAPI 3.0",
      "info: {}\nopenapi: 3.0.3\npaths: {}\n",
      /^small\.yaml:2: `openapi` must be a 3\.1 version, it is 3\.0\.3: convert/,
    ],
    ["has no version", "info: {}\npaths: {}\n", /must be a 3\.1 version, it is missing/],
    ["has no paths", "openapi: 3.1.0\n", /`paths` is missing/],
    [
      "refers to what is not there",
      getPlans("      responses:\n        '200':\n          $ref: '#/components/responses/Gone'"),
      /^small\.yaml:20: \$ref #\/components\/responses\/Gone does not resolve: define it or correct the name$/,
    ],
    [
      "refers to another file",
      getPlans("      responses: { '200': { $ref: other.yaml } }"),
      /is not local: bundle the spec/,
    ],
    [
      "has an operation without an id",
      specText("  /a:\n    get: { responses: {} }"),
      /GET \/a has no operationId: give it one/,
    ],
    [
      "uses an operationId twice",
      specText(`  /a:\n    get: { ${operation("same")} }\n  /b:\n    get: { ${operation("same")} }`),
      /^small\.yaml:18: operationId `same` is used twice, first at small\.yaml:16: rename one of them$/,
    ],
    [
      "does not define a path parameter",
      specText(`  /a/{id}:\n    get: { ${operation("getA")} }`),
      /^small\.yaml:16: operation `getA` has \{id\} in its path but no such parameter: define it/,
    ],
    [
      "defines a path parameter that the path does not have",
      specText(
        `  /a:\n    get: { ${operation("getA", ", parameters: [{ in: path, name: id, required: true, schema: { type: string } }]")} }`,
      ),
      /operation `getA` defines the path parameter `id`, which \/a does not have/,
    ],
    [
      "uses a path parameter twice",
      specText(
        `  /a/{id}/{id}:\n    get: { ${operation("getA", ", parameters: [{ in: path, name: id, required: true, schema: {} }]")} }`,
      ),
      /operation `getA` has \{id\} twice/,
    ],
  ])("stops with one line that says where and what to do when it %s", (_, text, message) => {
    const problems = problemsOf(() => read(text));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
    expect(problems[0]).not.toContain("\n");
  });

  it("stops when two operations would have the same SDK name", () => {
    const text = specText(
      `  /a:\n    get: { ${operation("one", ", x-sdk-name: things.list")} }\n  /b:\n    get: { ${operation("two", ", x-sdk-name: things.list")} }`,
    );
    expect(problemsOf(() => modelsOf(text))).toEqual([
      expect.stringMatching(
        /^small\.yaml:18: operations `one` and `two` are both called things\.list: give one another x-sdk-name$/,
      ),
    ]);
  });

  it("stops when two operationIds would be the same constant", () => {
    const text = specText(
      `  /a:\n    get: { ${operation("get-a", ", x-sdk-name: a.one")} }\n  /b:\n    get: { ${operation("getA", ", x-sdk-name: a.two")} }`,
    );
    expect(problemsOf(() => modelsOf(text))).toEqual([
      expect.stringMatching(
        /^small\.yaml:18: the operationIds `get-a` and `getA` differ only in punctuation/,
      ),
    ]);
  });

  it("reports all problems at once", () => {
    const text = specText(
      `  /a/{x}:\n    get: { ${operation("one")} }\n  /b/{y}:\n    get: { ${operation("two")} }`,
    );
    expect(problemsOf(() => read(text))).toHaveLength(2);
  });
});

const json = "content: { application/json: { schema: { type: object } } }";
const param = (text: string) => `${OK}\n      parameters: [{ ${text} }]`;
const post = (body: string) =>
  specText(`  /plans:\n    post:\n      operationId: listPlans\n${OK}\n      requestBody:\n        ${body}`);

describe("what the generator does not know", () => {
  it.each([
    [
      "a request media type",
      post("content: { application/xml: {} }"),
      /takes application\/xml, which the SDK cannot send/,
    ],
    ["a request body without a media type", post("content: {}"), /takes no media type/],
    [
      "multipart encoding",
      post("content: { multipart/form-data: { schema: {}, encoding: { a: {} } } }"),
      /multipart `encoding`/,
    ],
    [
      "several files in one part",
      post(
        "content: { multipart/form-data: { schema: { type: object, properties: { files: { type: array, items: { type: string, format: binary } } } } } }",
      ),
      /the part `files` with several files/,
    ],
    [
      "a response media type",
      getPlans("      responses: { '200': { description: X, content: { application/x-new: {} } } }"),
      /returns application\/x-new, which the SDK cannot read/,
    ],
    [
      "answers of several kinds",
      getPlans(
        `      responses: { '200': { description: X, ${json} }, '202': { description: X, content: { text/plain: {} } } }`,
      ),
      /has success responses of several kinds \(json, text\)/,
    ],
    [
      "an operation without a success answer",
      getPlans("      responses: { default: { description: X } }"),
      /has no success response/,
    ],
    [
      "basic authentication",
      getPlans(`${OK}\n      security: [{ basic: [] }]`),
      /needs the security scheme basic \(http basic\)/,
    ],
    [
      "a key in a cookie",
      getPlans(`${OK}\n      security: [{ cookie: [] }]`),
      /needs the security scheme cookie \(apiKey cookie\)/,
    ],
    [
      "oauth",
      getPlans(`${OK}\n      security: [{ oauth: [] }]`),
      /needs the security scheme oauth \(oauth2\)/,
    ],
    ["two schemes together", getPlans(`${OK}\n      security: [{ bearer: [], key: [] }]`), /bearer and key/],
    [
      "an undefined scheme",
      getPlans(`${OK}\n      security: [{ gone: [] }]`),
      /names the security scheme gone, which is not defined/,
    ],
    [
      "a header parameter",
      getPlans(param("in: header, name: X-A, schema: {}")),
      /the parameter `X-A` in header/,
    ],
    ["a cookie parameter", getPlans(param("in: cookie, name: a, schema: {}")), /the parameter `a` in cookie/],
    [
      "a deepObject parameter",
      getPlans(param("in: query, name: a, style: deepObject, schema: { type: object }")),
      /style deepObject/,
    ],
    [
      "an object in the query",
      getPlans(param("in: query, name: a, schema: { type: object }")),
      /of type object/,
    ],
    [
      "a list in one value",
      getPlans(param("in: query, name: a, explode: false, schema: { type: array }")),
      /`explode: false`/,
    ],
    [
      "reserved characters",
      getPlans(param("in: query, name: a, allowReserved: true, schema: {}")),
      /`allowReserved`/,
    ],
    [
      "a parameter with content",
      getPlans(param("in: query, name: a, content: { application/json: {} }")),
      /without a `schema`/,
    ],
    [
      "its own server",
      getPlans(`${OK}\n      servers: [{ url: https://x.example }]`),
      /has its own `servers`/,
    ],
    [
      "a method",
      specText(`  /plans:\n    trace: { ${operation("listPlans")} }`),
      /uses TRACE, which the SDK does not support/,
    ],
    [
      "a retry class",
      getPlans(`${OK}\n      x-sdk-retry: sometimes`),
      /unknown x-sdk-retry: use safe, costly, idempotent, once/,
    ],
    ["a time class", getPlans(`${OK}\n      x-sdk-time: long`), /unknown x-sdk-time: use quick, slow/],
    ["a body class", getPlans(`${OK}\n      x-sdk-body: optional`), /has x-sdk-body but no request body/],
    [
      "a crooked name",
      getPlans(`${OK}\n      x-sdk-name: plans`),
      /no usable name \(plans\): set x-sdk-name to `group\.method`/,
    ],
    [
      "a name that the SDK uses itself",
      getPlans(`${OK}\n      x-sdk-name: request.get`),
      /would be called request\.get/,
    ],
  ])("stops it with the operation's name: %s", (_, text, message) => {
    const spec = read(text);
    const problems = problemsOf(() => readOperations(spec));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^small\.yaml:\d+: operation `listPlans` /);
    expect(problems[0]).toMatch(message);
  });
});
