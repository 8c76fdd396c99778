import { join } from "node:path";
import type ts from "typescript";
import { isObject, type Json } from "../spec/json.ts";
import { signatures } from "./signatures.ts";

/** The public entries by what a user imports. */
export const entries: Readonly<Record<string, string>> = {
  "heidi-health-sdk": "src/index.ts",
  "heidi-health-sdk/node": "src/node.ts",
  "heidi-health-sdk/sandbox": "src/sandbox/index.ts",
};
export const surfaceFile = "test/surface.json";

/** By entry and name: the signatures of what is exported, one line for each member. */
export type Surface = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export function readSurface(program: ts.Program, root: string): Surface {
  const checker = program.getTypeChecker();
  return Object.fromEntries(
    Object.entries(entries).map(([entry, file]) => {
      const source = program.getSourceFile(join(root, file));
      const module = source && checker.getSymbolAtLocation(source);
      const symbols = module ? checker.getExportsOfModule(module) : [];
      const named = symbols.map((symbol) => [symbol.name, signatures(checker, symbol)] as const);
      return [entry, Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)))];
    }),
  );
}

export function emitSurface(surface: Surface): string {
  return `${JSON.stringify(surface, null, 2)}\n`;
}

export function parseSurface(text: string): Surface {
  const value = JSON.parse(text) as Json;
  if (!isObject(value)) throw new Error(`${surfaceFile} is not a surface: write it with \`npm run surface\``);
  return value as unknown as Surface;
}

/** What `before` had and `after` has not, as `entry: Name.member…`, without what the changesets name. */
export function unannounced(before: Surface, after: Surface, changesets: readonly string[]): string[] {
  const announced = changesets.join("\n");
  const isAnnounced = (name: string): boolean => new RegExp(`\`${name}[\`.(<]`).test(announced);
  return Object.entries(before).flatMap(([entry, names]) =>
    Object.entries(names).flatMap(([name, lines]) => {
      if (isAnnounced(name)) return [];
      const now = after[entry]?.[name];
      if (now === undefined) return [`${entry}: ${name} is gone`];
      return lines
        .filter((line) => !now.includes(line))
        .map((line) => `${entry}: ${name} no longer has \`${line}\``);
    }),
  );
}
