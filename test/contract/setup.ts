import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import type { JsonObject } from "../../scripts/spec/json.ts";
import { type Child, startPrism, startSandbox } from "./child.ts";
import { mockDocument, proxyDocument } from "./documents.ts";

/** The servers of a run, each in a process of its own. */
export interface ContractServers {
  /** Prism as a mock of the effective spec. */
  readonly mock: string;
  /** Prism between a client and a sandbox: it answers with an error when either breaks the effective spec. */
  readonly proxy: string;
}

declare module "vitest" {
  interface ProvidedContext {
    readonly contract: ContractServers;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "heidi-contract-"));
  const children: Child[] = [];
  const teardown = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  const write = async (name: string, document: JsonObject): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, JSON.stringify(document));
    return file;
  };
  const started = async (starting: Promise<Child>): Promise<Child> => {
    const child = await starting;
    children.push(child);
    return child;
  };
  const startMock = async (): Promise<Child> =>
    started(startPrism("mock", await write("mock.json", mockDocument())));
  const startProxy = async (): Promise<Child> => {
    const sandbox = await started(startSandbox());
    return started(startPrism("proxy", await write("proxy.json", proxyDocument()), sandbox.url));
  };
  // Settled, not raced: what has started must be stopped also when the other one fails.
  const [mock, proxy] = await Promise.allSettled([startMock(), startProxy()]);
  if (mock.status === "rejected" || proxy.status === "rejected") {
    await teardown();
    throw mock.status === "rejected" ? mock.reason : (proxy as PromiseRejectedResult).reason;
  }
  project.provide("contract", { mock: mock.value.url, proxy: proxy.value.url });
  return teardown;
}
