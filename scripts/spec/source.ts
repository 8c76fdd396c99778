import { isMap, isNode, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { isObject, type JsonObject, type Pointer } from "./json.ts";
import { stop } from "./problem.ts";

/** A YAML file with its positions. */
export interface Source {
  readonly name: string;
  readonly value: JsonObject;
  /** Returns the line of the deepest existing part of `pointer`, and the length of that part. */
  find(pointer: Pointer): { readonly line: number; readonly depth: number };
}

export function parseSource(name: string, text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const broken = document.errors[0];
  if (broken) {
    const line = broken.linePos?.[0].line ?? 1;
    stop(
      `${name}:${line}`,
      `not YAML (${broken.message.split(/[\n:]/, 1)[0]}): correct the file or use another one`,
    );
  }
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  if (!isObject(value)) stop(`${name}:1`, "not an OpenAPI or Overlay document: its root must be an object");
  return { name, value, find: (pointer) => find(document.contents, pointer, lines) };
}

function find(root: unknown, pointer: Pointer, lines: LineCounter): { line: number; depth: number } {
  let node = root;
  let offset = 0;
  let depth = 0;
  for (const step of pointer) {
    const child = childOf(node, step);
    if (!child) break;
    offset = child.offset;
    node = child.node;
    depth += 1;
  }
  return { line: Math.max(1, lines.linePos(offset).line), depth };
}

function childOf(node: unknown, step: string | number): { node: unknown; offset: number } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(
      (item) => String(isNode(item.key) ? item.key.toJSON() : item.key) === String(step),
    );
    return pair && { node: pair.value, offset: startOf(pair.key) };
  }
  if (isSeq(node) && typeof step === "number" && step < node.items.length) {
    const item = node.items[step];
    return { node: item, offset: startOf(item) };
  }
  return undefined;
}

function startOf(node: unknown): number {
  return isNode(node) ? ((node as Node).range?.[0] ?? 0) : 0;
}
