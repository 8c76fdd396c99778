import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { operations } from "../../../generated/operations.ts";
import { components, operationSchemas } from "../../../generated/schemas.ts";
import { serverUrl } from "../../../generated/server.ts";
import { runGenerate } from "../../../scripts/emit/run.ts";
import {
  bundledFile,
  effectiveSpec,
  effectiveYaml,
  loadSpec,
  overlayFiles,
  prismSpec,
  projectRoot,
} from "../../../scripts/spec/effective.ts";
import { objectAt } from "../../../scripts/spec/json.ts";
import { readOperations } from "../../../scripts/spec/model.ts";
import { parseSource } from "../../../scripts/spec/source.ts";
import { createSpec } from "../../../scripts/spec/spec.ts";
import { validate } from "../../../src/sandbox/schema.ts";

// The public names: a change here breaks every user.
const NAMES = {
  getJwt: "authentication.getJwt",
  listTemplates: "templates.list",
  createPatientProfile: "patientProfiles.create",
  listPatientProfiles: "patientProfiles.list",
  getPatientProfile: "patientProfiles.get",
  updatePatientProfile: "patientProfiles.update",
  batchDeletePatientProfiles: "patientProfiles.batchDelete",
  linkSessionToPatientProfile: "patientProfiles.linkSession",
  createSession: "sessions.create",
  getSession: "sessions.get",
  updateSession: "sessions.update",
  listLinkedUserSessions: "sessions.listLinkedUser",
  uploadContextDocument: "sessionContext.uploadDocument",
  listContextDocuments: "sessionContext.listDocuments",
  deleteContextDocuments: "sessionContext.deleteDocuments",
  uploadSessionAudio: "transcription.uploadAudio",
  getSessionTranscript: "transcription.get",
  getLiveSessionTranscript: "transcription.getLive",
  generateConsultNote: "consultNotes.generate",
  generateCustomTemplateConsultNote: "consultNotes.generateFromTemplate",
  generateDocument: "documents.generate",
  listSessionDocuments: "documents.list",
  getSessionClinicalCodes: "clinicalCoding.getCodes",
  askHeidi: "askHeidi.ask",
};

describe("the generated table", () => {
  it("has every operation under its public name", () => {
    expect(Object.fromEntries(Object.values(operations).map(({ id, name }) => [id, name]))).toMatchObject(
      NAMES,
    );
  });

  it("knows which calls make the server work, and which may create something", () => {
    const idsOf = (retry: string) =>
      Object.values(operations)
        .filter((each) => each.retry === retry)
        .map(({ id }) => id);
    expect(idsOf("costly")).toEqual(["getSessionTranscript", "getSessionClinicalCodes"]);
    expect(idsOf("idempotent")).toEqual(["deleteContextDocuments"]);
    expect(
      Object.values(operations)
        .filter(({ retry }) => retry === "once")
        .every(({ method }) => /^(POST|PATCH)$/.test(method)),
    ).toBe(true);
    const slow = Object.values(operations)
      .filter(({ time }) => time === "slow")
      .map(({ id }) => id);
    expect(slow.sort()).toEqual([
      "generateCustomTemplateConsultNote",
      "generateDocument",
      "getSessionClinicalCodes",
      "getSessionTranscript",
    ]);
  });

  it("never lets an empty filter mean everything, nor an upload go without a file", () => {
    expect(operations["deleteContextDocuments"]?.query?.["ids"]).toEqual({
      required: true,
      type: "array",
      minItems: 1,
    });
    expect(operations["batchDeletePatientProfiles"]?.body?.fields["patient_profile_ids"]).toEqual({
      required: true,
      type: "array",
      minItems: 1,
    });
    for (const id of ["uploadSessionAudio", "uploadContextDocument"]) {
      expect(operations[id]?.body?.fields["file"]).toEqual({ required: true, type: "file" });
    }
    expect(operations["linkSessionToPatientProfile"]?.body?.fields["session_id"]).toMatchObject({
      required: true,
    });
    expect(operations["createSession"]?.body?.required).toBe(false);
  });

  it("has the address of the bundled file", () => {
    const bundled: { servers: { url: string }[] } = parse(
      readFileSync(join(projectRoot, bundledFile), "utf8"),
    );
    expect(serverUrl).toBe(bundled.servers[0]?.url);
  });
});

describe("the examples of the overlays", () => {
  const examples = Object.entries(operationSchemas).flatMap(([id, { responses }]) =>
    responses.flatMap(({ contentType, schema, example }) =>
      contentType ? [{ id, contentType, schema: schema ?? {}, example }] : [],
    ),
  );

  it.each(examples)("$id: fits its schema ($contentType)", ({ contentType, schema, example }) => {
    const values =
      contentType === "application/json"
        ? [example]
        : String(example)
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line));
    expect(values.length).toBeGreaterThan(0);
    for (const value of values) expect(validate(value, schema, components, [])).toEqual([]);
  });

  it("has a token that does not expire while anyone uses Prism", () => {
    const example = operationSchemas["getJwt"]?.responses[0]?.example as {
      token: string;
      expiration_time: string;
    };
    const claims: { exp: number } = JSON.parse(
      Buffer.from(example.token.split(".")[1] ?? "", "base64url").toString(),
    );
    expect(claims.exp * 1000).toBe(Date.parse(example.expiration_time));
    expect(example.expiration_time).toMatch(/^2099-/);
  });
});

describe("the effective spec", () => {
  it("says the same as YAML, also to readers of YAML 1.1", () => {
    expect(parse(effectiveYaml())).toEqual(effectiveSpec());
    expect(parse(effectiveYaml(), { version: "1.1" })).toEqual(effectiveSpec());
  });

  it("gives Prism a string for a streamed body, and differs in nothing else", () => {
    const streamed = (document: ReturnType<typeof prismSpec>) =>
      ["consult-note", "ask-ai"].map((name) => {
        const operation = objectAt(
          objectAt(objectAt(document, "paths"), `/sessions/{session_id}/${name}`),
          "post",
        );
        return objectAt(
          objectAt(objectAt(objectAt(operation, "responses"), "200"), "content"),
          "application/x-ndjson",
        );
      });
    const derived = prismSpec();
    for (const media of streamed(derived)) {
      expect(media["schema"]).toEqual({ type: "string" });
      expect(media["example"]).toMatch(/^(\{"data":".*"\}\n){3,}$/);
      media["schema"] = { $ref: "#/components/schemas/StreamChunk" };
    }
    expect(derived).toEqual(effectiveSpec());
  });

  it("describes the refusals of every operation, also of one that a new spec adds", () => {
    const text = readFileSync(join(projectRoot, bundledFile), "utf8");
    const added = text.replace(
      "\npaths:\n",
      "\npaths:\n  /referrals:\n    post:\n      tags: [Referral Letters]\n      operationId: draftReferral\n      responses: { '201': { description: Drafted. } }\n",
    );
    const overlays = overlayFiles().map((file) =>
      parseSource(file, readFileSync(join(projectRoot, file), "utf8")),
    );
    const models = readOperations(createSpec(parseSource(bundledFile, added), overlays));
    expect(models).toHaveLength(readOperations(loadSpec()).length + 1);
    expect(models[0]).toMatchObject({
      name: "referralLetters.draftReferral",
      auth: "bearer",
      retry: "once",
      time: "quick",
    });
    for (const model of models)
      expect(model.errorStatuses).toEqual(expect.arrayContaining(["400", "401", "403", "422", "429", "500"]));
  });
});

describe("generate --check", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "generate-"));
    for (const folder of ["openapi", "generated"])
      cpSync(join(projectRoot, folder), join(root, folder), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  async function run(...flags: string[]): Promise<{ code: number; output: string }> {
    const lines: string[] = [];
    const code = await runGenerate(flags, (line) => lines.push(line), root);
    return { code, output: lines.join("\n") };
  }
  const edit = (file: string, change: (text: string) => string): void => {
    writeFileSync(join(root, file), change(readFileSync(join(root, file), "utf8")));
  };

  it("passes on what is committed", async () => {
    expect(await run("--check")).toEqual({ code: 0, output: "Generated files match the spec." });
  });

  it("shows the first lines that differ in an edited file, and writes nothing", async () => {
    edit("generated/operations.ts", (text) => text.replace('retry: "costly"', 'retry: "safe"'));
    const { code, output } = await run("--check");
    expect(code).toBe(1);
    expect(output).toMatch(
      /^generated\/operations\.ts differs from line \d+:\n {2}- {3}retry: "safe",\n {2}\+ {3}retry: "costly",\n\nRun `npm run generate`/,
    );
    expect((await run("--check")).code).toBe(1);
  });

  it("finds a missing file, and one that nothing generates", async () => {
    rmSync(join(root, "generated/types.ts"));
    writeFileSync(join(root, "generated/left-over.ts"), "");
    const { code, output } = await run("--check");
    expect(code).toBe(1);
    expect(output).toContain("generated/types.ts is missing.");
    expect(output).toContain("generated/left-over.ts is not generated from anything: delete it.");
  });

  it("finds an input that is not the one of the lock, even where nothing else changes", async () => {
    edit(bundledFile, (text) => `${text}\n# one more line\n`);
    const { code, output } = await run("--check");
    expect(code).toBe(1);
    expect(output).toMatch(
      /^openapi\/spec\.lock\.json differs from line \d+:\n {2}- .*heidi\.openapi\.yaml": "sha256:/,
    );
  });

  it("is repaired by generate, which then has nothing left to do", async () => {
    edit("openapi/overlays/10-names.overlay.yaml", (text) =>
      text.replace("x-sdk-name: templates.list", "x-sdk-name: templates.all"),
    );
    expect(await run()).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^Wrote generated\/types\.ts, .*spec\.lock\.json\.$/),
    });
    expect(readFileSync(join(root, "generated/client.ts"), "utf8")).toContain(
      "all: (options) => caller.call(op.listTemplates, {}, options)",
    );
    expect((await run("--check")).code).toBe(0);
    expect(await run()).toEqual({ code: 0, output: "Generated files are up to date." });
  });

  it("says in one line what a person has to change in the spec", async () => {
    edit("openapi/overlays/10-names.overlay.yaml", (text) =>
      text.replace("$.paths['/jwt'].get", "$.paths['/token'].get"),
    );
    expect(await run("--check")).toEqual({
      code: 1,
      output: expect.stringMatching(
        /^openapi\/overlays\/10-names\.overlay\.yaml:\d+: action 1 \(".*"\) matches nothing at .*$/,
      ),
    });
  });

  it("refuses an option that it does not know", async () => {
    expect(await run("--chek")).toEqual({
      code: 2,
      output: expect.stringContaining("Unknown option --chek"),
    });
  });
});
