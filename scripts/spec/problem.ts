/** An error in the spec or an overlay that needs a manual change; each problem is one line with the place and the fix. */
export class SpecError extends Error {
  override readonly name: string = "SpecError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** Throws a {@link SpecError} with one problem: `place: message`. */
export function stop(place: string, message: string): never {
  throw new SpecError([`${place}: ${message}`]);
}

/** Runs a command; prints the problems of a {@link SpecError}, one line each, and returns exit code 1. */
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
