import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";

// A server that closes connections that were idle for so long, seen over a line with that delay. Prints its address, then
// answers `/count` with how many connections and creates it saw.
const [idleMs, delayMs, hint] = process.argv.slice(2).map(Number);
let connections = 0;
let creates = 0;
const server = createServer((request, response) => {
  request.resume().on("end", () => {
    if (request.method === "POST") creates += 1;
    const body = JSON.stringify({ connections, creates });
    const keepAlive = hint > 0 ? { "keep-alive": `timeout=${hint}` } : {};
    response.writeHead(200, { "content-type": "application/json", connection: "keep-alive", ...keepAlive });
    response.end(body);
  });
});
server.keepAliveTimeout = idleMs;
// Node adds a second to it by default.
Reflect.set(server, "keepAliveTimeoutBuffer", 0);
server.on("connection", () => {
  connections += 1;
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const proxy = createTcpServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      from.on("data", (chunk) => setTimeout(() => to.write(chunk), delayMs / 2));
      from.on("end", () => setTimeout(() => to.end(), delayMs / 2));
      from.on("error", () => setTimeout(() => to.destroy(), delayMs / 2));
    }
  });
  proxy.listen(0, "127.0.0.1", () => {
    const own = proxy.address();
    console.log(`http://127.0.0.1:${typeof own === "object" && own !== null ? own.port : 0}`);
  });
});
