import { Readable } from "node:stream";

export function nodeStream(chunks) {
  let next = 0;
  return new Readable({
    read() {
      const chunk = chunks[next++];
      this.push(chunk ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : null);
    },
  });
}
