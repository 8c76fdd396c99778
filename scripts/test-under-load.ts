/** `npm run test:load` runs `npm test` three times beside eight busy loops: no test may fail on a busy machine. */
import { spawn } from "node:child_process";
import { once } from "node:events";

const LOOPS = 8;
const ROUNDS = Number(process.env["ROUNDS"] ?? 3);

const loops = Array.from({ length: LOOPS }, () =>
  spawn(process.execPath, ["-e", "for (;;) Math.sqrt(2)"], { stdio: "ignore" }),
);
let code: number | null = 0;
try {
  for (let round = 1; round <= ROUNDS && code === 0; round += 1) {
    console.log(
      `Round ${round} of ${ROUNDS} with ${LOOPS} busy loops; a round takes three to four times as long as without.`,
    );
    const tests = spawn("npm", ["test", "--", ...process.argv.slice(2)], { stdio: "inherit" });
    [code] = (await once(tests, "exit")) as [number | null];
  }
} finally {
  for (const loop of loops) loop.kill();
}
process.exitCode = code ?? 1;
