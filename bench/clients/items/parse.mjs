// The limit for the cost of lines: JSON.parse of strings in memory.
import { itemClient } from "./data.mjs";

export function create(params) {
  return itemClient(params, ({ texts }, take) => {
    for (const text of texts) take(JSON.parse(text));
  });
}
