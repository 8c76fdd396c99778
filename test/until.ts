/** Waits until the check returns true, also outside a test, where `expect.poll` refuses to run. */
export async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 30_000; tries += 1) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("what a test waits for did not happen");
}
