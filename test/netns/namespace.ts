import { execFileSync } from "node:child_process";
import { delimiter } from "node:path";

// Distributions put it where only an administrator's PATH looks.
const env = { ...process.env, PATH: [process.env["PATH"] ?? "", "/usr/sbin", "/sbin"].join(delimiter) };

let count = 0;

/** A network of its own for a process: what is done to it no other process notices. Remove it at the end of the test. */
export class Namespace {
  readonly name: string;

  constructor() {
    count += 1;
    this.name = `heidi-${process.pid}-${count}`;
    ip("netns", "add", this.name);
    process.once("exit", this.remove);
  }

  /** The program that makes a child live in this namespace. */
  get via(): readonly string[] {
    return ["ip", "netns", "exec", this.name];
  }

  /** Runs `ip` on this namespace's own links, addresses and routes. */
  ip(...args: readonly string[]): void {
    ip("-n", this.name, ...args);
  }

  /** Lets only so much through a link, in either direction that it sends. */
  throttle(link: string, kbitPerSecond: number): void {
    const shape = ["tbf", "rate", `${kbitPerSecond}kbit`, "burst", "4kb", "latency", "400ms"];
    exec("ip", ["netns", "exec", this.name, "tc", "qdisc", "add", "dev", link, "root", ...shape]);
  }

  /** The namespace goes when its last process does. Idempotent. */
  readonly remove = (): void => {
    process.off("exit", this.remove);
    try {
      ip("netns", "del", this.name);
    } catch {
      // It is gone already.
    }
  };
}

/** Two namespaces with a wire between them. */
export interface Pair {
  readonly near: Namespace;
  readonly far: Namespace;
}

export const NEAR = "10.77.0.1";
export const FAR = "10.77.0.2";
/** An address in the same network whose owner takes every packet and says nothing. */
export const BLACK_HOLE = "10.77.0.9";

/** Removes what it made when it cannot make all of it. */
export function makePair(): Pair {
  const near = new Namespace();
  const far = new Namespace();
  try {
    near.ip("link", "add", "wire", "type", "veth", "peer", "name", "wire", "netns", far.name);
    for (const [namespace, address] of [
      [near, NEAR],
      [far, FAR],
    ] as const) {
      // The kernel tells a process of an unreachable host by way of the loopback link.
      namespace.ip("link", "set", "lo", "up");
      namespace.ip("addr", "add", `${address}/24`, "dev", "wire");
      namespace.ip("link", "set", "wire", "up");
    }
    near.ip("neigh", "add", BLACK_HOLE, "lladdr", "02:00:00:00:00:09", "dev", "wire", "nud", "permanent");
    return { near, far };
  } catch (error) {
    near.remove();
    far.remove();
    throw error;
  }
}

/** True where this process may make namespaces, wires between them, and slow links. */
export const hasNamespaces: boolean = (() => {
  try {
    const { near, far } = makePair();
    try {
      near.throttle("wire", 64);
    } finally {
      near.remove();
      far.remove();
    }
    return true;
  } catch {
    return false;
  }
})();

function ip(...args: readonly string[]): void {
  exec("ip", args);
}

function exec(program: string, args: readonly string[]): void {
  execFileSync(program, args, { env, stdio: "pipe", timeout: 60_000 });
}
