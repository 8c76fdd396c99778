import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type BrowserKind, commands, type Page, startBrowser } from "../browsers/drive.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { esm } = inject("installed");
const START = ["node", "--import", "tsx", "server.ts"];

/** What the README has a new project install beside the SDK. */
const TOOLS = ["express", "vite", "tsx"];
/** And what the example's React component needs. */
const REACT = ["react", "react-dom"];

/** A new project, made by the commands of the README; what npm would install is linked. */
async function createProject(): Promise<string> {
  const readme = readFileSync(join(root, "examples/web-app/README.md"), "utf8");
  const [, block = ""] = /## In your own project[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme) ?? [];
  const install = `npm install heidi-health-sdk ${TOOLS.join(" ")}`;
  const commands = block.trim().split("\n");
  expect(commands).toEqual(expect.arrayContaining([install, START.join(" ")]));

  const folder = await mkdtemp(join(esm, "web-app-"));
  for (const command of commands.filter((line) => line !== START.join(" "))) {
    if (command === install) await linkPackages(join(folder, "node_modules"));
    else await promisify(execFile)("sh", ["-c", command], { cwd: folder });
  }
  return folder;
}

async function linkPackages(folder: string): Promise<void> {
  await mkdir(folder);
  await symlink(join(esm, "node_modules/heidi-health-sdk"), join(folder, "heidi-health-sdk"));
  for (const tool of [...TOOLS, ...REACT])
    await symlink(join(root, "node_modules", tool), join(folder, tool));
}

async function startServer(folder: string): Promise<[ChildProcess, url: string]> {
  const env: NodeJS.ProcessEnv = { ...process.env, PORT: "0", NO_COLOR: "1" };
  for (const name of Object.keys(env)) if (name.startsWith("HEIDI_")) delete env[name];
  const server = spawn(process.execPath, START.slice(1), {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface(server.stdout ?? process.stdin)) {
    const [, url] = /^Open (http:\S+)/.exec(line) ?? [];
    if (url !== undefined) return [server, url];
  }
  throw new Error("the example's server did not start");
}

const IS_READY = 'document.querySelector("#status")?.dataset.ready === "true"';

/** The picture in the example's README, made anew where `WEB_APP_PICTURE=true` is set. */
async function savePicture(browser: Page): Promise<void> {
  if (process.env["WEB_APP_PICTURE"] !== "true") return;
  const size = { width: 1_180, height: 900, deviceScaleFactor: 1, mobile: false };
  await browser.command("Emulation.setDeviceMetricsOverride", size);
  const { data } = (await browser.command("Page.captureScreenshot", {})) as { readonly data: string };
  await writeFile(join(root, "examples/web-app/picture.png"), Buffer.from(data, "base64"));
}

describe.each(["chromium", "firefox", "webkit"] as const)(
  "the example of a web application in %s",
  (kind: BrowserKind) => {
    const isMissing = commands[kind] === undefined;
    let server: ChildProcess | undefined;
    let page: Page | undefined;
    let url = "";

    beforeAll(async () => {
      if (isMissing) return;
      const folder = await createProject();
      [[server, url], page] = await Promise.all([startServer(folder), startBrowser(kind, "fake")]);
    });
    afterAll(async () => {
      await page?.close();
      if (server?.kill() === true) await once(server, "exit");
    });

    const textOf = (id: string): Promise<string> =>
      (page as Page).evaluate<string>(`document.querySelector("#${id}").textContent`);
    const click = (id: string): Promise<null> =>
      (page as Page).evaluate<null>(`document.querySelector("#${id}").click()`);
    const submit = (id: string): Promise<null> =>
      (page as Page).evaluate<null>(`document.querySelector("#${id}").requestSubmit()`);

    it.skipIf(isMissing)(
      `records a consult over a reload, and shows its note, letter, codes and answer (needs ${kind})`,
      async () => {
        const browser = page as Page;
        await browser.open(url, IS_READY);
        await submit("patient");
        await expect.poll(() => textOf("status")).toBe("Consult of Karen Example.");
        await click("record");
        await expect.poll(() => textOf("status")).toBe("Recording.");
        // Firefox has no audio graph on a machine without a sound card.
        if (kind === "chromium") {
          await expect
            .poll(() => browser.evaluate<number>('document.querySelector("#level").value'))
            .toBeGreaterThan(0);
        }
        await new Promise((resolve) => setTimeout(resolve, 3_000));

        await browser.evaluate('document.querySelector("#status").dataset.ready = "no"');
        await browser.reload(IS_READY);
        expect(await textOf("status")).toContain("interrupted");
        await click("record");
        await expect.poll(() => textOf("status")).toBe("Recording.");
        await browser.setOffline(true);
        await expect.poll(() => textOf("status")).toContain("No network");
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        await browser.setOffline(false);
        await expect.poll(() => textOf("status")).toBe("Recording.");
        await click("pause");
        await expect.poll(() => textOf("pause")).toBe("Resume");
        await click("pause");
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        await click("finish");
        await expect.poll(() => textOf("status")).toBe("The note is complete.");
        expect(await textOf("transcript")).toMatch(/\w{3}/);
        expect(await textOf("note")).toMatch(/\w{3}/);
        expect(
          await browser.evaluate('document.querySelectorAll("#note h3, #note h4").length'),
        ).toBeGreaterThan(0);

        await click("letter");
        await expect.poll(() => textOf("document")).toMatch(/\w{3}/);
        await click("codes");
        await expect.poll(() => textOf("entities")).toMatch(/\d{3}/);
        await submit("question");
        await expect.poll(() => textOf("answer")).toMatch(/\w{3}/);
        await expect
          .poll(() => browser.evaluate<boolean>('document.querySelector("#ask").disabled'))
          .toBe(false);
        if (kind === "chromium") await savePicture(browser);
      },
    );

    it.skipIf(isMissing)(`records with a React component (needs ${kind})`, async () => {
      const browser = page as Page;
      await browser.open(`${url}/react.html`, 'document.querySelector("#record") !== null');
      await click("record");
      await expect
        .poll(() => browser.evaluate<boolean>('document.querySelector("#finish") !== null'))
        .toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      await click("finish");
      await expect.poll(() => textOf("transcript")).toMatch(/\w{3}/);
    });

    // WebKit's driver cannot refuse a microphone.
    if (kind === "webkit") return;
    it.skipIf(isMissing)(`says what to do when the microphone is refused (needs ${kind})`, async () => {
      const refusing = await startBrowser(kind, "refused");
      try {
        await refusing.open(url, IS_READY);
        await refusing.evaluate('document.querySelector("#patient").requestSubmit()');
        const status = (): Promise<string> =>
          refusing.evaluate('document.querySelector("#status").textContent');
        await expect.poll(status).toBe("Consult of Karen Example.");
        await refusing.evaluate('document.querySelector("#record").click()');
        await expect.poll(status).toMatch(/microphone/i);
        expect(await refusing.evaluate('document.querySelector("#record").disabled')).toBe(false);
      } finally {
        await refusing.close();
      }
    });
  },
);
