// The limit where lines are what costs: JSON.parse of strings that are there already.
import { itemClient } from "./data.mjs";

export function create(params) {
  return itemClient(params, ({ texts }, take) => {
    for (const text of texts) take(JSON.parse(text));
  });
}
