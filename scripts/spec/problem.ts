/** Something in the spec or an overlay that a person has to change; each message is one line with the place and the remedy. */
export class SpecError extends Error {
  override readonly name: string = "SpecError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** Ends the run with one problem: `place: message`. */
export function stop(place: string, message: string): never {
  throw new SpecError([`${place}: ${message}`]);
}

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
