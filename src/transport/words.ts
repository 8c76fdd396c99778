/** What is told of failures: loaded when there is one. */
export { causeOf } from "./causes.ts";
export { hintFor } from "./hints.ts";
