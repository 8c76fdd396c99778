import type { ConsultEnd } from "../index.ts";
import { EXIT, interruptedCode, isReaderGone, type Terminal } from "./command.ts";
import type { ConsultValues } from "./consult-options.ts";

/** Says what a person has to find out, and how to go on by their word. */
export function tellReview(
  { step, reason, journal: state }: ConsultEnd & { readonly status: "needs-review" },
  { journal }: ConsultValues,
  terminal: Terminal,
): number {
  const withId = /^(patient|session|context-\d+|document)$/.test(step) ? "=<Heidi's id of it>" : "";
  // With the number the answer is taken once, also when the same command is given again after another interruption.
  const answer = `${step}@${state.revision}`;
  terminal.fail(
    [
      `A person has to look: whether the step ${step} was done cannot be told (${reason}).`,
      ...(journal === undefined
        ? ["Look in Heidi before you run it again: without a --journal, all is done anew."]
        : [
            "Look in Heidi, then run the same command again with one of these:",
            `  --done ${answer}${withId}`,
            `  --not-done ${answer}`,
          ]),
    ].join("\n"),
  );
  return EXIT.review;
}

/** Says how to go on after Ctrl+C. */
export function tellInterruption(
  sessionId: string | undefined,
  { journal, sandbox }: ConsultValues,
  terminal: Terminal,
): number {
  if (!isReaderGone(terminal)) {
    const further =
      journal !== undefined
        ? " To go on, run the same command again: what is done is not done again."
        : sandbox === true || sessionId === undefined
          ? ""
          : " There was no --journal to go on from: what is made stays at Heidi, and the same command begins anew.";
    terminal.fail(`Interrupted.${further}`);
  }
  return interruptedCode(terminal);
}
