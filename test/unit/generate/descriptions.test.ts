import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { compareSpecs } from "../../../scripts/bump/compare.ts";
import { generate } from "../../../scripts/emit/generate.ts";
import { describeRequests, findUndescribed } from "../../../scripts/spec/descriptions.ts";
import { bundledFile, loadSpec, overlayFiles, projectRoot } from "../../../scripts/spec/effective.ts";
import { get, isObject, type JsonObject, listAt, walk } from "../../../scripts/spec/json.ts";
import { readOperations } from "../../../scripts/spec/model.ts";
import { parseSource } from "../../../scripts/spec/source.ts";
import { createSpec, type Spec } from "../../../scripts/spec/spec.ts";
import { MEANINGS } from "../../../scripts/spec/texts.ts";
import { modelsOf, read, specText } from "./specs.ts";

const FILE = "openapi/overlays/50-descriptions.overlay.yaml";

interface Action {
  readonly target: string;
  readonly description: string;
  readonly update: JsonObject;
}
const { actions } = parse(readFileSync(join(projectRoot, FILE), "utf8")) as { actions: readonly Action[] };

/** The effective spec without the overlay of descriptions. */
function bare(): Spec {
  const source = (file: string) => parseSource(file, readFileSync(join(projectRoot, file), "utf8"));
  const others = overlayFiles().filter((file) => file !== FILE);
  return createSpec(source(bundledFile), others.map(source));
}

describe("the overlay of descriptions", () => {
  it("begins every action with the grades of its evidence", () => {
    const grades = /^(file|doc|seen|guess)((, | and )(file|doc|seen|guess))*( \(an older page\))?: \S.*\.$/;
    expect(actions.map(({ description }) => description).filter((why) => !grades.test(why))).toEqual([]);
  });

  it("says of a guess that it is one, or what is not public", () => {
    const guessed = actions.filter(({ description }) => /^[^:]*\bguess\b/.test(description));
    expect(guessed.length).toBeGreaterThan(5);
    const texts = guessed.map(({ update }) => JSON.stringify(update));
    expect(texts.filter((text) => !/\b(not public|public pages|names? )/.test(text))).toEqual([]);
  });

  it("adds texts, names of types and examples only", () => {
    const keys = new Set(actions.flatMap(({ update }) => Object.keys(update)));
    const allowed = ["description", "example", "examples", MEANINGS, "x-sdk-note", "x-sdk-type"];
    expect([...keys].sort()).toEqual(allowed.sort());
    const before = bare();
    expect(compareSpecs(before, loadSpec())).toEqual([{ kind: "texts-changed", subject: "texts" }]);
    expect(before.document).not.toEqual(loadSpec().document);
  });

  it("changes nothing that is loaded: neither the table of operations nor the sandbox's schemas", async () => {
    const [without, within] = await Promise.all([generate(bare()), generate(loadSpec())]);
    for (const file of ["operations.ts", "schemas.ts", "server.ts"])
      expect(within.get(file), file).toBe(without.get(file));
    const code = (text = "") => text.slice(text.indexOf("export function createUserApi"));
    expect(code(within.get("client.ts"))).toBe(code(without.get("client.ts")));
  });

  it("leaves a text of the described file as it is, and may add to it", () => {
    const before = new Map(readOperations(bare()).map(({ id, description }) => [id, description]));
    for (const { id, description = "" } of readOperations(loadSpec()))
      expect(description.startsWith(before.get(id) ?? ""), id).toBe(true);
    const codes = readOperations(loadSpec()).find(({ id }) => id === "getSessionClinicalCodes");
    expect(codes?.description).toBe(
      "Generate clinical codes for the session across the requested coding system. Coding has to be enabled for your account.",
    );
  });

  it("explains every value of an enum that it explains one of, and no value that there is not", () => {
    walk(loadSpec().document, (object, pointer) => {
      const meanings = get(object, MEANINGS);
      if (!isObject(meanings)) return;
      expect([pointer, Object.keys(meanings)]).toEqual([pointer, listAt(object, "enum")]);
    });
  });
});

describe("what a caller chooses", () => {
  const { document } = loadSpec();
  const described = describeRequests(document, readOperations(loadSpec()));

  it("is described: every operation, parameter, field and value", () => {
    const names = described.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        "sessions.get",
        "sessions.get(session_id)",
        "clinicalCoding.getCodes.coding_system",
        "consultNotes.generate.voice_style",
        "consultNotes.generateFromTemplate.template.questions.answerOptions.value",
        "sessionContext.uploadDocument.unstructured",
        "transcription.transcribeSegment.index",
      ]),
    );
    expect(findUndescribed(document, readOperations(loadSpec()))).toEqual([]);
  });

  it("is described in sentences", () => {
    const sentence = /^[A-Z0-9`].*[.)]$/s;
    expect(described.filter(({ text = "" }) => !sentence.test(text)).map(({ name }) => name)).toEqual([]);
  });

  it("would be missed without a description, in a nested field and in a value too", () => {
    const text = specText(`  /plans/{plan_id}:
    post:
      operationId: changePlan
      parameters:
        - { in: path, name: plan_id, required: true, schema: { type: string } }
        - { in: query, name: order, description: The order., schema: { type: string, enum: [UP, DOWN], x-enumDescriptions: { UP: First. } } }
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Plan' } } } }
      responses: { '204': { description: Done. } }`).replace(
      "components:\n",
      `components:
  schemas:
    Plan: { type: object, properties: { room: { $ref: '#/components/schemas/Room' }, steps: { type: array, items: { type: object, properties: { plan: { $ref: '#/components/schemas/Plan' } } } } } }
    Room: { type: object, description: A room., properties: { floor: { type: integer } } }
`,
    );
    expect(findUndescribed(read(text).document, modelsOf(text))).toEqual([
      "other.changePlan",
      "other.changePlan(plan_id)",
      "other.changePlan.order: DOWN",
      "other.changePlan.room.floor",
      "other.changePlan.steps",
      "other.changePlan.steps.plan",
    ]);
  });
});
