// A proxy in its own process: tunnels CONNECT, demands a password if it is given one, and tells what it was asked.
import { createServer } from "node:http";
import { connect } from "node:net";

const [, , credentials] = process.argv;
const server = createServer((_, response) => response.writeHead(405).end());

server.on("connect", (request, socket, head) => {
  const expected = credentials && `Basic ${Buffer.from(credentials).toString("base64")}`;
  const allowed = !expected || request.headers["proxy-authorization"] === expected;
  process.send?.({ connect: request.url, allowed });
  if (!allowed) {
    socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    return;
  }
  const [host, port] = (request.url ?? "").split(":");
  const upstream = connect(Number(port), host, () => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    upstream.write(head);
    upstream.pipe(socket);
    socket.pipe(upstream);
  });
  upstream.on("error", () => socket.destroy());
  socket.on("error", () => upstream.destroy());
});

server.listen(0, "127.0.0.1", () => process.send?.({ port: server.address().port }));
process.on("disconnect", () => process.exit());
