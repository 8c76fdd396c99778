import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The files that declare the public error classes, with the entry that exports each. */
const FILES: readonly (readonly [string, string])[] = [
  ["src/errors.ts", "heidi-health-sdk"],
  ["src/api-errors.ts", "heidi-health-sdk"],
  ["src/workflows/capture/errors.ts", "heidi-health-sdk/browser"],
  ["src/server/request-file.ts", "heidi-health-sdk/server"],
];

/** A public error class, as its comments describe it. */
export interface ErrorClass {
  readonly name: string;
  readonly entry: string;
  readonly base: string | undefined;
  readonly doc: string;
  readonly members: readonly { readonly name: string; readonly doc: string }[];
}

/** Returns the text of a comment in one line. */
function docOf(node: ts.Node): string {
  const [comment] = ts.getJSDocCommentsAndTags(node);
  const text = comment === undefined ? "" : ts.getTextOfJSDocComment(comment.comment as string | undefined);
  return (text ?? "").replaceAll(/\s+/g, " ").trim();
}

const isPublic = (member: ts.ClassElement): boolean =>
  ts.isPropertyDeclaration(member) || ts.isGetAccessorDeclaration(member) || ts.isMethodDeclaration(member)
    ? ts.isIdentifier(member.name) && (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static) === 0
    : false;

function classOf(entry: string, node: ts.ClassDeclaration): ErrorClass {
  const members = node.members.flatMap((member) => {
    const doc = docOf(member);
    if (!isPublic(member) || doc === "" || member.name === undefined) return [];
    const name = member.name.getText();
    return [{ name: ts.isMethodDeclaration(member) ? `${name}()` : name, doc }];
  });
  const base = node.heritageClauses?.[0]?.types[0]?.expression.getText();
  return { name: node.name?.text ?? "", entry, base, doc: docOf(node), members };
}

/** Returns the public error classes, base classes first. */
export function errorClasses(): ErrorClass[] {
  return FILES.flatMap(([path, entry]) => {
    const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
    const ast = ts.createSourceFile(path, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
    return ast.statements
      .filter((node) => ts.isClassDeclaration(node) && /^Heidi.*Error$/.test(node.name?.text ?? ""))
      .map((node) => classOf(entry, node as ts.ClassDeclaration));
  });
}

const link = (name: string): string => `[\`${name}\`](#${name.toLowerCase()})`;

/** Returns one section for each class. */
export function errorSections(): string {
  return errorClasses()
    .map(({ name, entry, base, doc, members }) => {
      const from = entry === "heidi-health-sdk" ? "" : ` From \`${entry}\`.`;
      const above = base?.startsWith("Heidi") ? ` Extends ${link(base)}.` : "";
      const list = members.map((member) => `- \`${member.name}\`: ${member.doc}`);
      return [`### \`${name}\``, `${doc}${above}${from}`, ...(list.length > 0 ? [list.join("\n")] : [])].join(
        "\n\n",
      );
    })
    .join("\n\n");
}
