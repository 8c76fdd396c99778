import { SpecError } from "../spec/problem.ts";

/** Runs a command: a problem that a person has to solve is printed, one line each, and ends it with 1. */
export async function runCommand(
  run: () => Promise<number>,
  print: (line: string) => void = (line) => console.error(line),
): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    print(error.message);
    return 1;
  }
}
