// The same items for all clients: as text, as bytes in chunks, and as streams of both kinds.

// Typical text of a note: mostly ASCII, escaped line breaks and quotes, some multibyte characters.
const SENTENCE =
  'Schmerzen beim Abspreizen über 90°, Kraft 5/5.\\n- \\"no red flags\\", review in 2 weeks – 経過観察.\\n';

/** Returns a line of about `bytes` bytes, including the line end; consecutive lines differ. */
function line(bytes, index) {
  const number = String(index % 1000).padStart(3, "0");
  if (bytes < 100) return `{"data":"${`${number} word${" note".repeat(bytes)}`.slice(0, bytes - 12)}"}`;
  const repeats = Math.round(bytes / Buffer.byteLength(SENTENCE));
  return `{"data":"${number} ${SENTENCE.repeat(repeats)}"}`;
}

export function createData({ format, lineBytes, lines, chunkBytes }) {
  const texts = Array.from({ length: lines }, (_, index) => line(lineBytes, index));
  const framed = texts.map((text) => (format === "sse" ? `data: ${text}\n\n` : `${text}\n`)).join("");
  const bytes = new TextEncoder().encode(framed);
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.slice(at, at + chunkBytes));
  return { texts, chunks };
}

export function webStream(chunks) {
  let next = 0;
  return new ReadableStream(
    {
      pull(controller) {
        const chunk = chunks[next++];
        if (chunk) controller.enqueue(chunk);
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Returns the result of `create` for a reader of items: `read` passes each item, or all text at once, to `take`. */
export function itemClient(params, read) {
  const data = createData(params);
  const length = data.texts.reduce((sum, text) => sum + JSON.parse(text).data.length, 0);
  return {
    async run({ times = 1 }) {
      for (let time = 0; time < times; time++) {
        let characters = 0;
        await read(data, (item) => {
          characters += item.data.length;
        });
        if (characters !== length) throw new Error(`${characters} characters instead of ${length}`);
      }
      return {};
    },
  };
}
