/**
 * `tsx scripts/sbom.ts > <file>`: writes the software bill of materials (CycloneDX) of the package: `npm sbom` for its
 * dependencies, and the development dependencies whose code the build includes, which npm cannot know.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./spec/effective.ts";

interface Component {
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
}

interface Dependency {
  readonly ref: string;
  readonly dependsOn: readonly string[];
}

interface Bom {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly Dependency[];
}

function npmSbom(...options: readonly string[]): Bom {
  const command = ["sbom", "--package-lock-only", "--sbom-format=cyclonedx", ...options];
  return JSON.parse(
    execFileSync("npm", command, { cwd: projectRoot, encoding: "utf8", maxBuffer: 2 ** 28 }),
  ) as Bom;
}

/** `name@version` of each package in the notice, which has a section for exactly the packages in the built files. */
function bundledPackages(): string[] {
  const notice = readFileSync(join(projectRoot, "THIRD_PARTY_LICENSES.md"), "utf8");
  return [...notice.matchAll(/^## (\S+) (\S+)$/gm)].map(([, name, version]) => `${name}@${version}`);
}

const bom = npmSbom("--omit=dev");
const everything = npmSbom();
const included = bundledPackages().map((ref) => {
  const component = everything.components.find((each) => each["bom-ref"] === ref);
  if (component === undefined) throw new Error(`package-lock.json has no ${ref}`);
  return { ...component, scope: "required" };
});
const root = bom.metadata.component;
const { name }: { name: string } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));

console.log(
  JSON.stringify(
    {
      ...bom,
      // npm takes the folder's name.
      metadata: { ...bom.metadata, component: { ...root, name } },
      components: [...bom.components, ...included],
      dependencies: [
        ...bom.dependencies.map((each) =>
          each.ref === root["bom-ref"]
            ? { ...each, dependsOn: [...each.dependsOn, ...included.map((one) => one["bom-ref"])] }
            : each,
        ),
        ...included.map((one) => ({ ref: one["bom-ref"], dependsOn: [] })),
      ],
    },
    undefined,
    2,
  ),
);
