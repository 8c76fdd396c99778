import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../scripts/spec/effective.ts";

const run = promisify(execFile);

/** What a command did. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** A clone of this project in a folder of its own, with what is not committed yet, as a maintainer has it. */
export class Clone implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), "clone-"));

  private constructor() {}

  static async create(): Promise<Clone> {
    const clone = new Clone();
    const { stdout } = await run("git", ["ls-files", "-coz", "--exclude-standard"], { cwd: projectRoot });
    for (const file of stdout.split("\0").filter((name) => name && existsSync(join(projectRoot, name))))
      cpSync(join(projectRoot, file), join(clone.folder, file));
    symlinkSync(join(projectRoot, "node_modules"), join(clone.folder, "node_modules"));
    await clone.git("init", "--quiet");
    // The link is no folder, which is what .gitignore speaks of.
    writeFileSync(join(clone.folder, ".git/info/exclude"), "node_modules\n");
    await clone.git("add", "--all");
    await clone.git("commit", "--quiet", "--message", "As it is");
    return clone;
  }

  /** Runs a command in the clone, whatever its end. */
  async run(program: string, ...input: readonly string[]): Promise<Ended> {
    // A test runner of its own is among what runs here.
    const own = Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_ENV$|BUMP$)/.test(name));
    const start = performance.now();
    const ended = await run(program, input, {
      cwd: this.folder,
      env: { ...Object.fromEntries(own), NO_COLOR: "1" },
      maxBuffer: 64 * 1024 * 1024,
    }).then(
      (output) => ({ code: 0, ...output }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
    const { code, stdout, stderr } = ended;
    return { code, stdout, stderr, seconds: (performance.now() - start) / 1000 };
  }

  async git(...input: readonly string[]): Promise<string> {
    const author = ["-c", "user.name=A maintainer", "-c", "user.email=maintainer@clinic.example"];
    const { stdout } = await run("git", [...author, ...input], { cwd: this.folder });
    return stdout;
  }

  /** `M openapi/…`, a line for each file that differs from the last commit, new ones included. */
  async changed(): Promise<string[]> {
    const status = await this.git("status", "--porcelain", "--untracked-files=all");
    return status.split("\n").filter(Boolean);
  }

  /** Back to the last commit. */
  async reset(): Promise<void> {
    await this.git("reset", "--quiet", "--hard");
    await this.git("clean", "--quiet", "--force", "-d");
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
