import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { missingChangeset, parseNameStatus } from "../../../scripts/bump/changeset.ts";
import { projectRoot } from "../../../scripts/spec/effective.ts";

const folder = join(projectRoot, ".github/workflows");
const workflows = readdirSync(folder).map(
  (name) => [name, readFileSync(join(folder, name), "utf8")] as const,
);

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly {
    readonly run?: string;
    readonly uses?: string;
    readonly with?: Readonly<Record<string, unknown>>;
  }[];
}
const jobsOf = (name: string): Record<string, Job> => {
  const text = workflows.find(([each]) => each === name)?.[1] ?? "";
  return (parse(text) as { jobs: Record<string, Job> }).jobs;
};

describe.each(workflows)("the workflow %s", (_, text) => {
  it("runs only actions that are pinned by their whole SHA", () => {
    const used = [...text.matchAll(/uses: *(\S+)/g)].map((match) => match[1]);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  });
  it("may only read unless a job says more", () => {
    expect((parse(text) as { permissions: unknown }).permissions).toEqual({ contents: "read" });
  });
});

describe("a release", () => {
  const jobs = jobsOf("release.yml");
  it("is published, with provenance, by a job that cannot write to the repository", () => {
    expect(jobs["publish"]?.permissions).toEqual({ contents: "read", "id-token": "write" });
    const runs = jobs["publish"]?.steps.map(({ run }) => run);
    expect(runs).toContain("npm publish --provenance --access public");
  });
  it("names the repository that runs it, with its issues and its page, before it publishes", () => {
    const runs = (jobs["publish"]?.steps ?? []).map(({ run }) => run ?? "");
    const named = runs.findIndex((run) => run.includes("npm pkg set"));
    expect(runs.findIndex((run) => run.startsWith("npm publish"))).toBeGreaterThan(named);
    const clone = mkdtempSync(join(tmpdir(), "repository-"));
    try {
      cpSync(join(projectRoot, "package.json"), join(clone, "package.json"));
      const env = { ...process.env, GITHUB_REPOSITORY: "a-clinic/heidi" };
      execFileSync("bash", ["-euc", runs[named] ?? ""], { cwd: clone, env });
      const before = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as object;
      expect(JSON.parse(readFileSync(join(clone, "package.json"), "utf8"))).toEqual({
        ...before,
        repository: { type: "git", url: "git+https://github.com/a-clinic/heidi.git" },
        bugs: { url: "https://github.com/a-clinic/heidi/issues" },
        homepage: "https://github.com/a-clinic/heidi#readme",
      });
    } finally {
      rmSync(clone, { recursive: true, force: true });
    }
  });
  it("brings its bill of materials from the job that publishes to the one that makes the release", () => {
    const stepOf = (job: string, action: string) =>
      jobs[job]?.steps.find(({ uses }) => uses?.startsWith(`actions/${action}@`))?.with;
    expect(stepOf("publish", "upload-artifact")).toMatchObject({
      name: "sbom",
      path: expect.stringMatching(/\/heidi-health-sdk\.cdx\.json$/),
    });
    expect(stepOf("tag", "download-artifact")).toEqual({ name: "sbom" });
    expect(jobs["tag"]?.steps.at(-1)?.run).toContain("heidi-health-sdk.cdx.json");
  });
  it("has the whole history, from which the changelog takes its commits", () => {
    const checkout = jobs["version"]?.steps.find(({ uses }) => uses?.startsWith("actions/checkout@"));
    expect(checkout?.with).toEqual({ "fetch-depth": 0, "persist-credentials": false });
  });
  it("is versioned by a job that cannot publish", () => {
    expect(Object.keys(jobs["version"]?.permissions ?? {})).not.toContain("id-token");
    expect(Object.keys(jobs["tag"]?.permissions ?? {})).toEqual(["contents"]);
  });
});

describe("a change of the description", () => {
  const missing = (diff: string) => missingChangeset(parseNameStatus(diff));
  it.each([
    ["M\topenapi/heidi.openapi.yaml\n", /^openapi\/heidi\.openapi\.yaml changed without a changeset: run/],
    ["M\tgenerated/client.ts\nD\t.changeset/spec-1234567.md\n", /^generated\/client\.ts changed/],
    ["R100\tsrc/a.ts\tgenerated/a.ts\nM\t.changeset/README.md\n", /^generated\/a\.ts changed/],
    ["M\topenapi/overlays/10-names.overlay.yaml\nM\t.changeset/config.json\n", /^openapi/],
  ])("needs a changeset: %j", (diff, message) => expect(missing(diff)).toMatch(message));
  it.each(["M\topenapi/heidi.openapi.yaml\nA\t.changeset/spec-1234567.md\n", "M\tsrc/index.ts\n", ""])(
    "is fine: %j",
    (diff) => expect(missing(diff)).toBeUndefined(),
  );
});
