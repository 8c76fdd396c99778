import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { env, freePort } from "./nginx.ts";

/** True where the `squid` command is at hand. */
export const hasSquid: boolean = (() => {
  try {
    execFileSync("squid", ["-v"], { env, stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** A forward proxy of this test's own. */
export interface Squid {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts Squid with those access rules and waits until it listens. Close it at the end of the test. */
export async function startSquid(rules: (folder: string) => readonly string[]): Promise<Squid> {
  const folder = mkdtempSync(join(tmpdir(), "heidi-squid-"));
  // Started by root, it gives up root's rights.
  chmodSync(folder, 0o777);
  const port = await freePort();
  writeFileSync(join(folder, "squid.conf"), configuration(folder, port, rules(folder)));
  // A name of its own, or it would meet another one's shared memory.
  const child = spawn("squid", ["-N", "-n", `heidi${port}`, "-f", join(folder, "squid.conf")], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let output = "";
  child.stderr.on("data", (chunk: Buffer) => {
    output = `${output}${chunk}`.slice(-4_000);
  });
  const end = (): void => void child.kill("SIGKILL");
  process.once("exit", end);
  const close = async (): Promise<void> => {
    process.off("exit", end);
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      // Not SIGKILL: it would leave its shared memory behind.
      child.kill("SIGTERM");
      await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 1_000 && child.exitCode === null; tries += 1) {
    const socket = connect({ host: "127.0.0.1", port });
    const isOpen = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return { port, close };
    await sleep(20);
  }
  await close();
  throw new Error(`squid did not start: ${output}`);
}

/** A program in the protocol of Squid's helpers that accepts one user name with one password. */
export function passwordHelper(folder: string, user: string, password: string): string {
  const path = join(folder, "helper.sh");
  const loop = `while read -r name word; do [ "$name $word" = "${user} ${password}" ] && echo OK || echo ERR; done`;
  writeFileSync(path, `#!/bin/sh\n${loop}\n`);
  chmodSync(path, 0o755);
  return path;
}

const configuration = (folder: string, port: number, rules: readonly string[]): string => `
http_port 127.0.0.1:${port}
pid_filename none
cache deny all
cache_log ${folder}/cache.log
access_log none
coredump_dir ${folder}
visible_hostname proxy.test
shutdown_lifetime 0 seconds
connect_timeout 2 seconds
forward_max_tries 1
pinger_enable off
netdb_filename none
${rules.join("\n")}
`;
