// The limit of any `for await`: the same parsing, with an already resolved promise for each item.
import { itemClient } from "./data.mjs";

function createIterator(texts) {
  let next = 0;
  return {
    next() {
      const text = texts[next++];
      if (text === undefined) return Promise.resolve({ done: true, value: undefined });
      return Promise.resolve({ done: false, value: JSON.parse(text) });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

export function create(params) {
  return itemClient(params, async ({ texts }, take) => {
    for await (const item of createIterator(texts)) take(item);
  });
}
