// The limit for the cost of chunks: a reader that ignores their bytes.
import { createData, webStream } from "./data.mjs";

export function create(params) {
  const { chunks } = createData(params);
  return {
    async run({ times = 1 }) {
      let bytes = 0;
      for (let time = 0; time < times; time++) {
        const reader = new Response(webStream(chunks)).body.getReader();
        for (let next = await reader.read(); !next.done; next = await reader.read())
          bytes += next.value.length;
      }
      return { bytes };
    },
  };
}
