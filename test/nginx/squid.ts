import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { isInstalled, startProgram } from "./program.ts";

/** True where the `squid` command is installed. */
export const hasSquid: boolean = isInstalled("squid");

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
  // A name of its own, or it would meet another one's shared memory, which SIGKILL would leave behind.
  const args = ["-N", "-n", `heidi${port}`, "-f", join(folder, "squid.conf")];
  const close = await startProgram("squid", args, { port, folder, signal: "SIGTERM" });
  return { port, close };
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
