import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { isInstalled, startProgram } from "./program.ts";

/** True where the `haproxy` command is installed. */
export const hasHaproxy: boolean = isInstalled("haproxy");

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
  const close = await startProgram("haproxy", ["-db", "-f", join(folder, "haproxy.cfg")], { port, folder });
  return { url: `${options.tls ? "https" : "http"}://127.0.0.1:${port}`, close };
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
