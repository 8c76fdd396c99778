import { hasTools, installTools } from "../package/toolbox.ts";
import { download, downloads, selectionOf } from "../runtimes/programs.ts";

/** Brings the registry and the package managers before the test file looks for them. */
export async function setup(): Promise<void> {
  if (hasTools) await installTools();
  await download(
    selectionOf(process.env),
    downloads.filter(({ folder }) => folder === "bun"),
  );
}
