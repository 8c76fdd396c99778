import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { operations } from "../../../generated/operations.ts";
import { components, operationSchemas } from "../../../generated/schemas.ts";
import { serverUrl } from "../../../generated/server.ts";
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
  createRecording: "transcription.createRecording",
  transcribeSegment: "transcription.transcribeSegment",
  finishRecording: "transcription.finishRecording",
  getLinkedAccount: "account.access",
  linkAccount: "account.link",
  unlinkAccount: "account.unlink",
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
    expect(idsOf("idempotent")).toEqual(["deleteContextDocuments", "unlinkAccount"]);
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
      "uploadContextDocument",
      "uploadSessionAudio",
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
      expect(operations[id]?.body?.fields["file"]).toMatchObject({ required: true, type: "file" });
    }
    expect(operations["uploadSessionAudio"]?.body?.fields["file"]?.contentType).toBe("audio/*");
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

  it.each(examples)("$id: fits its schema ($contentType) [R43]", ({ schema, example }) => {
    expect(example).toBeDefined();
    expect(validate(example, schema, components, [])).toEqual([]);
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

  it("gives Prism a string for a streamed body, and differs in nothing else [R43]", () => {
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
    const published = streamed(effectiveSpec());
    for (const [index, media] of streamed(derived).entries()) {
      expect(media["schema"]).toEqual({ type: "string" });
      expect(media["example"]).toMatch(/^(\{"data":".*"\}\n){3,}$/);
      const said = String(media["example"])
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { data: string }).data);
      // What other linters read is one item, as its schema wants it.
      expect(published[index]?.["example"]).toEqual({ data: said.join("") });
      media["example"] = published[index]?.["example"] ?? null;
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
