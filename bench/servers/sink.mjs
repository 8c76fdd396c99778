// Receives and discards uploads without an HTTP parser, so that the server is not the bottleneck.
import { createServer } from "node:net";
import { tokenAnswer } from "./token.mjs";

const END_OF_HEADERS = Buffer.from("\r\n\r\n");
const ANSWER = '{"text":"","success":true,"recordingId":"recording-1"}';
const MAX_TAIL_BYTES = 5;

function answer(socket, text) {
  socket.write(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}

class Upload {
  #socket;
  #head = Buffer.alloc(0);
  #left = -1;
  #chunked = false;
  #tail = "";
  #isToken = false;

  constructor(socket, totals) {
    this.#socket = socket;
    this.totals = totals;
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", () => socket.destroy());
  }

  #take(chunk) {
    if (this.#left === -1 && !this.#chunked) {
      this.#head = Buffer.concat([this.#head, chunk]);
      const end = this.#head.indexOf(END_OF_HEADERS);
      if (end === -1) return;
      const text = this.#head.latin1Slice(0, end);
      const body = this.#head.subarray(end + 4);
      this.#head = Buffer.alloc(0);
      this.#isToken = /^GET \S*\/jwt/.test(text);
      this.#left = Number(/^content-length: *(\d+)/im.exec(text)?.[1] ?? 0);
      this.#chunked = /^transfer-encoding: *chunked/im.test(text);
      if (/^expect: *100-continue/im.test(text)) this.#socket.write("HTTP/1.1 100 Continue\r\n\r\n");
      this.#count(body);
    } else {
      this.#count(chunk);
    }
  }

  #count(chunk) {
    this.totals.bytes += chunk.length;
    if (this.#chunked) {
      const end = chunk.latin1Slice(Math.max(0, chunk.length - MAX_TAIL_BYTES));
      this.#tail = `${this.#tail}${end}`.slice(-MAX_TAIL_BYTES);
      if (this.#tail !== "0\r\n\r\n") return;
    } else {
      this.#left -= chunk.length;
      if (this.#left > 0) return;
    }
    this.#left = -1;
    this.#chunked = false;
    this.#tail = "";
    answer(this.#socket, this.#isToken ? tokenAnswer("ehr-42") : ANSWER);
  }
}

export async function create() {
  const totals = { bytes: 0 };
  let connections = 0;
  const server = createServer({ noDelay: true, highWaterMark: 1024 * 1024 }, (socket) => {
    connections++;
    new Upload(socket, totals);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return { run: () => ({ port, connections, bytes: totals.bytes }) };
}
