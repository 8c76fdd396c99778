// The limit: a socket, a request written as text, a response delimited by its content-length. Works with this server only.
import { connect } from "node:net";
import { createToken } from "../../servers/token.mjs";
import { jsonClient } from "./load.mjs";

const END_OF_HEADERS = Buffer.from("\r\n\r\n");

class Line {
  #socket;
  #resolve;
  #got = Buffer.alloc(0);
  #needed = 0;

  constructor(port) {
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.on("data", (chunk) => this.#onData(chunk));
  }

  send(text) {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#socket.write(text, "latin1");
    });
  }

  #onData(chunk) {
    this.#got = this.#got.length === 0 ? chunk : Buffer.concat([this.#got, chunk]);
    if (this.#needed === 0) {
      const end = this.#got.indexOf(END_OF_HEADERS);
      if (end === -1) return;
      const head = this.#got.latin1Slice(0, end);
      this.#needed = end + 4 + Number(/content-length: (\d+)/i.exec(head)[1]);
    }
    if (this.#got.length < this.#needed) return;
    const body = this.#got.utf8Slice(this.#got.indexOf(END_OF_HEADERS) + 4, this.#needed);
    this.#got = Buffer.alloc(0);
    this.#needed = 0;
    this.#resolve(JSON.parse(body));
  }
}

export function create({ port }) {
  const request = [
    "GET /sessions/session-1 HTTP/1.1",
    `host: 127.0.0.1:${port}`,
    "connection: keep-alive",
    "accept: application/json",
    `authorization: Bearer ${createToken()}`,
    "",
    "",
  ].join("\r\n");
  const idle = [];
  return jsonClient(async () => {
    const line = idle.pop() ?? new Line(port);
    const answer = await line.send(request);
    idle.push(line);
    return answer;
  });
}
