// Run in its own process: reads request bodies haltingly and answers with their SHA-256.
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const server = createServer((request, response) => {
  const hash = createHash("sha256");
  request.on("data", (chunk) => {
    hash.update(chunk);
    request.pause();
    setTimeout(() => request.resume(), 1);
  });
  request.on("end", () => response.end(hash.digest("hex")));
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
process.stdin.on("end", () => process.exit()).resume();
