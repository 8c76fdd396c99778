import { isObject, type Json } from "../spec/json.ts";

const WIDTH = 118;

export function header(what: string): string {
  return `// DO NOT EDIT. ${what}\n// Written by \`npm run generate\` from openapi/heidi.openapi.yaml and openapi/overlays/.\n\n`;
}

export function isIdentifier(text: string): boolean {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(text);
}

export function propertyKey(text: string): string {
  return isIdentifier(text) ? text : JSON.stringify(text);
}

/** Returns a value as TypeScript source: on one line if it fits, otherwise with one entry per line. */
export function printValue(value: Json, indent: string = "", prefixLength = 0): string {
  const flat = printFlat(value);
  if (indent.length + prefixLength + flat.length <= WIDTH || (!Array.isArray(value) && !isObject(value)))
    return flat;
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((item) => `${inner}${printValue(item, inner, 1)},\n`)
    : Object.entries(value).map(([key, item]) => {
        const name = propertyKey(key);
        return `${inner}${name}: ${printValue(item, inner, name.length + 3)},\n`;
      });
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return `${open}\n${lines.join("")}${indent}${close}`;
}

function printFlat(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(printFlat).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${propertyKey(key)}: ${printFlat(item)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** The start of a block whose lines are code: they are not wrapped. */
const EXAMPLE = "@example\n";

/** Returns paragraphs and tags as a TSDoc comment, and escapes text that would end it early. */
export function docComment(blocks: readonly (string | undefined)[], indent: string): string {
  const lines = blocks
    .filter((block): block is string => block !== undefined && block.trim() !== "")
    .flatMap((block, index) => {
      const text = block.trim().replaceAll("*/", "*\\/");
      if (block.startsWith(EXAMPLE)) return ["", ...text.split("\n")];
      const wrapped = wrap(text, WIDTH - indent.length - 3);
      return index === 0 || block.startsWith("@") ? wrapped : ["", ...wrapped];
    });
  if (lines.length === 0) return "";
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}

function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(/\s+/).filter(Boolean)) {
      if (line !== "" && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    return [...lines, line];
  });
}
