/** `npm run test:load`: `npm test` three times in a row with eight busy loops beside it; a test that a busy machine fails is wrong. */
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
    console.log(`Round ${round} of ${ROUNDS}, beside ${LOOPS} busy loops.`);
    const tests = spawn("npm", ["test", "--", ...process.argv.slice(2)], { stdio: "inherit" });
    [code] = (await once(tests, "exit")) as [number | null];
  }
} finally {
  for (const loop of loops) loop.kill();
}
process.exitCode = code ?? 1;
