import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { env, freePort } from "./nginx.ts";

/** True where the `haproxy` command is at hand. */
export const hasHaproxy: boolean = (() => {
  try {
    execFileSync("haproxy", ["-v"], { env, stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** A proxy of this test's own. */
export interface Haproxy {
  readonly url: string;
  close(): Promise<void>;
}

export interface HaproxyOptions {
  /** The port of this machine that requests are passed on to. */
  readonly upstreamPort: number;
  /** Lines for the `frontend` section. */
  readonly directives?: readonly string[];
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Starts HAProxy before that upstream and waits until it listens. Close it at the end of the test. */
export async function startHaproxy(options: HaproxyOptions): Promise<Haproxy> {
  const folder = mkdtempSync(join(tmpdir(), "heidi-haproxy-"));
  const port = await freePort();
  const pem = join(folder, "both.pem");
  if (options.tls !== undefined) writeFileSync(pem, `${options.tls.cert}\n${options.tls.key}`);
  const bind = `bind 127.0.0.1:${port}${options.tls ? ` ssl crt ${pem}` : ""}`;
  writeFileSync(join(folder, "haproxy.cfg"), configuration(options, bind));
  const child = spawn("haproxy", ["-db", "-f", join(folder, "haproxy.cfg")], { env, stdio: "ignore" });
  const end = (): void => void child.kill("SIGKILL");
  process.once("exit", end);
  const close = async (): Promise<void> => {
    process.off("exit", end);
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 500 && child.exitCode === null; tries += 1) {
    const socket = connect({ host: "127.0.0.1", port });
    const isOpen = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return { url: `${options.tls ? "https" : "http"}://127.0.0.1:${port}`, close };
    await sleep(10);
  }
  await close();
  throw new Error("haproxy did not start");
}

const configuration = ({ upstreamPort, directives = [] }: HaproxyOptions, bind: string): string => `global
  maxconn 100
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend public
  ${[bind, ...directives].join("\n  ")}
  default_backend api
backend api
  server api 127.0.0.1:${upstreamPort}
`;
