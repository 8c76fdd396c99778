import { connect, createServer } from "node:net";

// A line to a port of this machine: `[port, delayMs, firstMs]`. Everything takes `delayMs / 2` in each direction, an end
// included, and a connection's first answer `firstMs` more. Prints the port that it listens on.
const [port, delayMs, firstMs = 0] = process.argv.slice(2).map(Number);

/** Passes on in order, each piece after the delay; what the other side no longer takes is dropped. */
function pass(from, to, firstMs) {
  let wait = firstMs;
  let dueMs = 0;
  const later = (act) => {
    dueMs = Math.max(dueMs, performance.now() + delayMs / 2 + wait);
    wait = 0;
    setTimeout(() => to.destroyed || act(), dueMs - performance.now());
  };
  from.on("data", (chunk) => later(() => to.write(chunk)));
  from.on("end", () => later(() => to.end()));
  from.on("error", () => later(() => to.resetAndDestroy()));
}

const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
  const far = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  pass(near, far, 0);
  pass(far, near, firstMs);
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(typeof address === "object" && address !== null ? address.port : 0);
});
// Ends with the process that started it, however that ends.
process.stdin.on("end", () => process.exit(0)).resume();
