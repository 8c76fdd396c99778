import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { createProgram, problemsOf } from "../../../scripts/bump/program.ts";
import { projectRoot } from "../../../scripts/spec/effective.ts";
import { filesOf, modelsOf, OK, specText } from "./specs.ts";

const text = readFileSync(new URL("kitchen-sink.yaml", import.meta.url), "utf8");

// How an application uses the types; the lines marked as wrong must not compile, all others must.
const USE = `import type { ListPlansQuery, Options, Piece, Plan, PlanReceived } from "./types.ts";
export const received: PlanReceived = { status: "NEW", level: 7 };
export const piece: Piece = { part: "TAIL", part_or_null: null, part_list: ["C"] };
export const known: Plan = { status: "OPEN", level: null };
declare const got: { paper?: "A4" | "A5" };
export const passedOn: Options = { paper: got.paper };
export const wrongBody: Plan = { status: "NEW" };
export const wrongOption: Options = { paper: "A3" };
export const wrongQuery: ListPlansQuery = { ids: [], note: null, status: "NEW" };
`;

describe("a spec with everything that the generator knows", () => {
  let files: Map<string, string>;
  let problems: readonly string[];
  beforeAll(async () => {
    files = await filesOf(text);
    const sources = new Map(
      [...files, ["use.ts", USE]].map(([name, source]) => [`generated/${name}`, source]),
    );
    const program = createProgram(projectRoot, sources, [...sources.keys()]);
    problems = problemsOf(program, projectRoot, (file) => sources.has(file));
  });

  const client = () => files.get("client.ts") ?? "";
  const row = (id: string) => {
    const model = modelsOf(text).find((each) => each.id === id);
    if (!model) throw new Error(`no ${id}`);
    return model;
  };

  it("becomes code that type-checks over the real transport", () => {
    expect(problems.filter((problem) => !problem.startsWith("generated/use.ts"))).toEqual([]);
  });

  it("names methods by tag and operationId where no overlay does", () => {
    expect(modelsOf(text).map(({ name }) => name)).toEqual([
      "carePlans.listPlans",
      "carePlans.createPlan",
      "other.delete",
      "carePlans.streamPlan",
      "carePlans.attach",
      "carePlans.print",
      "status.check",
    ]);
  });

  it.each([
    [
      "a list as JSON",
      "listPlans(query: ListPlansQuery, options?: RequestOptions): ApiPromise<ListPlansResponse>;",
    ],
    [
      "a create that may answer nothing",
      "createPlan(body: Plan, options?: RequestOptions): ApiPromise<CreatePlanResponse>;",
    ],
    [
      "an optional body before an optional query, and no answer",
      'delete(plan_id: string, kind: "full" | "short", body?: DeleteBody, query?: DeleteQuery, options?: RequestOptions): ApiPromise<void>;',
    ],
    [
      "a stream",
      'streamPlan(plan_id: string, kind: "full" | "short", options?: RequestOptions): JsonStream<Piece>;',
    ],
    [
      "an upload answered in text",
      'attach(plan_id: string, kind: "full" | "short", body: AttachBody, query: AttachQuery, options?: UploadOptions): ApiPromise<string>;',
    ],
    [
      "a body with a default, answered in bytes",
      "print(body?: Options, options?: RequestOptions): ApiPromise<Uint8Array>;",
    ],
    ["a check without a body", "check(options?: RequestOptions): ApiPromise<void>;"],
  ])("types %s", (_, signature) => {
    expect(client()).toContain(signature);
  });

  it.each([
    ["listPlans: (query, options) => caller.call(op.listPlans, { query }, options)"],
    ["createPlan: (body, options) => caller.call(op.create_plan, { body }, options)"],
    [
      "delete: (plan_id, kind, body, query, options) => caller.call(op.deleteOperation, { path: [plan_id, kind], body, query }, options)",
    ],
    [
      "streamPlan: (plan_id, kind, options) => caller.stream(op.streamPlan, { path: [plan_id, kind] }, options)",
    ],
    ["print: (body = {}, options) => caller.call(op.print, { body }, options)"],
    ["check: (options) => caller.call(op.health, {}, options)"],
  ])("implements it in one line: %s", (line) => {
    expect(client()).toContain(`      ${line},\n`);
  });

  it("separates what a user may call from what only the API key may", () => {
    const interfaceOf = (name: string) => client().split(`export interface ${name} {`)[1]?.split("\n}")[0];
    expect(interfaceOf("UserApi")).toContain("readonly carePlans: CarePlansApi;");
    expect(interfaceOf("TenantApi")).toContain("readonly carePlans: TenantCarePlansApi;");
    expect(interfaceOf("TenantCarePlansApi")).toContain("print(");
    expect(files.get("server.ts")).toContain('apiKeyHeader: string | undefined = "X-Key"');
  });

  it("takes classes from the method unless the spec says more", () => {
    const classes = (id: string) => [row(id).auth, row(id).retry, row(id).time, row(id).response.kind];
    expect(classes("listPlans")).toEqual(["bearer", "safe", "quick", "json"]);
    expect(classes("create_plan")).toEqual(["bearer", "once", "quick", "json"]);
    expect(classes("delete")).toEqual(["bearer", "idempotent", "quick", "empty"]);
    expect(classes("attach")).toEqual(["bearer", "idempotent", "slow", "text"]);
    expect(classes("print")).toEqual(["apiKey", "once", "quick", "bytes"]);
    expect(classes("health")).toEqual(["none", "safe", "quick", "empty"]);
  });

  it("derives the checks of arguments from the schemas", () => {
    expect(Object.fromEntries(row("listPlans").query.map(({ name, rule }) => [name, rule]))).toEqual({
      status: { type: "string", enum: ["OPEN", "DONE"] },
      ids: { required: true, type: "array", minItems: 1 },
      size: { type: "integer", minimum: 1, maximum: 50 },
      // The transport takes null for missing, and here null is a value.
      note: {},
    });
    expect(row("attach").body?.fields).toEqual({
      scan: { required: true, type: "file" },
      title: { type: "string" },
    });
    expect(row("create_plan").body?.fields).toEqual({
      status: { required: true, type: "string", enum: ["OPEN", "DONE"] },
      level: {},
      enum: { type: "string" },
    });
    expect(row("print").body).toMatchObject({ required: false, hasDefault: true });
  });

  it("keeps request enums closed and response enums open, also of a schema that both use", () => {
    const wrong = problems.filter((problem) => problem.startsWith("generated/use.ts"));
    expect(wrong.map((problem) => problem.split(": ", 1)[0])).toEqual([
      "generated/use.ts:7",
      "generated/use.ts:8",
      "generated/use.ts:9",
    ]);
  });

  it("demands a body that could be left out until a property of it was demanded", () => {
    const withBody = (required: string): string =>
      specText(`  /plans:
    post:
      operationId: createPlan
      x-sdk-body: optional
      requestBody: { required: true, content: { application/json: { schema: { type: object, required: [${required}], properties: { room: { type: string } } } } } }
${OK}`);
    const bodies = ["", "room"].map((required) => modelsOf(withBody(required))[0]?.body);
    expect(bodies.map((body) => [body?.required, body?.hasDefault])).toEqual([
      [false, true],
      [true, false],
    ]);
  });

  it("lets an optional property of an answer be passed on, also under exactOptionalPropertyTypes", () => {
    expect(problems.filter((problem) => problem.startsWith("generated/use.ts:6"))).toEqual([]);
  });

  it("documents every method, and no text of the spec can end the comment", () => {
    expect(client()).toContain("/** Plans of care. Ends no comment early *\\/ here. */");
    expect(client()).toContain("   * @deprecated The API marks this operation as deprecated.");
    expect(client()).toContain("   * @param plan_id - The plan's id.");
    expect(client()).toContain("`GET /plans` (listPlans)");
    expect(files.get("types.ts")).toContain("/** A plan of care. */\nexport type Plan =");
  });

  it("writes the text of a description into the comment itself, and not into a tag of it", () => {
    const schema = files.get("schema.ts") ?? "";
    expect(schema).toContain("    /** A plan of care. */\n    Plan: {");
    expect(schema).toContain("        /** Only these. */\n        status?:");
    expect(schema).not.toMatch(/@description|@enum|@@/);
  });

  it("has a type for each enum that a request can contain, unless it is one by its own name", () => {
    const types = files.get("types.ts") ?? "";
    expect(types).toContain('/** The values of `paper`. */\nexport type Paper = "A4" | "A5";');
    expect(types).toContain('export type Kind = "full" | "short";');
    expect(types).toContain("export type Level = 1 | 2;");
    expect(types.match(/export type Status(Type)? =/g)).toHaveLength(1);
    expect(types).not.toContain("export type Part");
  });

  it.each([
    ["of a list", 'const result = await clinician.carePlans.listPlans({ ids: ["…"], note: "…" });'],
    [
      "of a create that may answer nothing",
      'const result = await clinician.carePlans.createPlan({ status: "OPEN" });',
    ],
    ["without what it does not need", 'await clinician.other.delete(plan_id, "full", { name: "…" });'],
    [
      "of a stream",
      'const stream = clinician.carePlans.streamPlan(plan_id, "full");\n   * for await (const text of stream.textStream()) process.stdout.write(text);',
    ],
    [
      "of an upload, in several lines",
      'const text = await clinician.carePlans.attach(plan_id, "full", {\n   *   scan: fileFromPath("letter.pdf"),\n   * }, {\n   *   mode: "…",\n   * });',
    ],
    ["of bytes, for the API key", "const bytes = await heidi.carePlans.print();"],
    ["without arguments", "await clinician.status.check();"],
  ])("shows an example %s", (_, code) => {
    expect(client()).toContain(`   * @example\n   * ${code}\n   */`);
  });

  it("gives a schema another name where the generated code needs that one", () => {
    expect(files.get("types.ts")).toContain('export type PromiseType = components["schemas"]["Promise"];');
  });

  it("is written the same every time", async () => {
    expect(await filesOf(text)).toEqual(files);
  });
});

describe("the type of an enum", () => {
  const typesOf = async (paths: string, schemas = "") =>
    (await filesOf(specText(paths, schemas && `  schemas:\n${schemas}`))).get("types.ts") ?? "";
  const query = (path: string, schema: string) =>
    `  /${path}:
    get:
      operationId: list_${path}
      parameters: [{ in: query, name: order, schema: { type: string, ${schema} } }]
${OK}
`;

  it("is one for places with the same values, and one for each owner where they differ", async () => {
    const same = await typesOf(query("plans", "enum: [UP, DOWN]") + query("rooms", "enum: [UP, DOWN]"));
    expect(same.match(/export type \w*Order = .*/g)).toEqual(['export type Order = "UP" | "DOWN";']);
    const other = await typesOf(query("plans", "enum: [UP, DOWN]") + query("rooms", "enum: [UP]"));
    expect(other.match(/export type \w*Order = .*/g)).toEqual([
      'export type ListPlansOrder = "UP" | "DOWN";',
      'export type ListRoomsOrder = "UP";',
    ]);
  });

  it("has the name of x-sdk-type, with the values of all its places and their meanings", async () => {
    const named = "x-sdk-type: Sorting, description: The order.";
    const types = await typesOf(
      query("plans", `enum: [UP, DOWN], ${named}, x-enumDescriptions: { UP: First., DOWN: Last. }`) +
        query("rooms", `enum: [DOWN, NONE], ${named}`),
    );
    expect(types).toContain(
      '/**\n * The order.\n *\n * - `UP`: First.\n * - `DOWN`: Last.\n */\nexport type Sorting = "UP" | "DOWN" | "NONE";',
    );
  });

  it("keeps its name when the API gets a schema of that name, and a schema keeps its own before a name that follows from a property", async () => {
    const chosen = await typesOf(
      query("plans", "enum: [UP, DOWN], x-sdk-type: Order"),
      "    Order: { type: object, properties: { id: { type: string } } }\n",
    );
    expect(chosen).toContain('export type Order = "UP" | "DOWN";');
    expect(chosen).toContain('export type OrderType = components["schemas"]["Order"];');
    const derived = await typesOf(
      query("plans", "enum: [UP, DOWN]"),
      "    Order: { type: object, properties: { id: { type: string } } }\n",
    );
    expect(derived).toContain('export type Order = components["schemas"]["Order"];');
    expect(derived).toContain('export type OrderType = "UP" | "DOWN";');
  });

  it("is open for an enum of answers, which has one only by x-sdk-type", async () => {
    const answer = (extra: string) =>
      `  /plans:
    get:
      operationId: listPlans
      responses: { '200': { description: Plans., content: { application/json: { schema: { type: object, properties: { state: { type: string, enum: [OPEN], ${extra} } } } } } } }
`;
    expect(await typesOf(answer("x-sdk-type: State"))).toContain(
      'export type State = "OPEN" | (string & {});',
    );
    expect(await typesOf(answer("title: State"))).not.toContain("export type State");
  });
});
