import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hasRedis, RedisServer } from "./redis-server.ts";

const PROGRAM = fileURLToPath(new URL("process.ts", import.meta.url));

let redis: RedisServer;
let api: Server;
let children: ChildProcess[];
let exchanges: number;
let answer: (count: number, response: ServerResponse) => void;

function token(count: number, response: ServerResponse): void {
  const expiration = new Date(Date.now() + 3_600_000).toISOString();
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ token: `jwt.${count}`, expiration_time: expiration }));
}

function launch(mode: "lock" | "no-lock"): ChildProcess {
  const address = api.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const parameters = ["--import", "tsx", PROGRAM, redis.url, `http://127.0.0.1:${address.port}/jwt`, mode];
  const child = spawn(process.execPath, parameters, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return child;
}

/** The distinct tokens that the callers of one process got. */
async function tokensOf({ stdout }: ChildProcess): Promise<unknown> {
  let output = "";
  for await (const chunk of stdout ?? []) output += String(chunk);
  return JSON.parse(output);
}

describe.skipIf(!hasRedis)("processes that start cold and share a token store (needs redis-server)", () => {
  beforeEach(async () => {
    children = [];
    exchanges = 0;
    answer = token;
    redis = await RedisServer.onFreePort();
    await redis.start();
    api = createServer((_, response) => {
      exchanges += 1;
      answer(exchanges, response);
    });
    api.listen(0, "127.0.0.1");
    await once(api, "listening");
  });

  afterEach(async () => {
    for (const child of children) child.kill("SIGKILL");
    api.closeAllConnections();
    api.close();
    await redis.kill();
  });

  it("make one exchange each at most [A33]", async () => {
    answer = (count, response) => void setTimeout(token, 300, count, response);
    await Promise.all([launch("no-lock"), launch("no-lock")].map(tokensOf));
    expect(exchanges).toBeLessThanOrEqual(2);
  });

  it("make one exchange in all when they have a lock [A33]", async () => {
    answer = (count, response) => void setTimeout(token, 300, count, response);
    const tokens = await Promise.all([launch("lock"), launch("lock"), launch("lock")].map(tokensOf));
    expect(tokens).toEqual([["jwt.1"], ["jwt.1"], ["jwt.1"]]);
    expect(exchanges).toBe(1);
  });

  it("go on when the one that held the lock dies [A33]", async () => {
    let arrived: () => void = () => undefined;
    const exchanging = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    answer = (count, response) => {
      if (count === 1) arrived();
      else token(count, response);
    };
    const victim = launch("lock");
    await exchanging;
    const others = [launch("lock"), launch("lock")].map(tokensOf);
    victim.kill("SIGKILL");
    expect(await Promise.all(others)).toEqual([["jwt.2"], ["jwt.2"]]);
    expect(exchanges).toBe(2);
  });
});
