// Begins a stream, leaves it in the way its first argument names, and prints how many milliseconds passed from then until its process came to its end.
import { Heidi } from "../../../src/index.ts";
import { stopwatch } from "../../stopwatch.ts";

const [mode, baseUrl = ""] = process.argv.slice(2);
const clinician = Heidi.withToken("jwt", { baseUrl });
const stream = clinician.askHeidi.ask("1", { ai_command_text: "a", content: "b", content_type: "MARKDOWN" });

if (mode !== "never-read") await stream.withResponse();
const reading = mode === "aborted" ? stream.text().catch(() => undefined) : undefined;
if (mode === "disposed") await stream[Symbol.asyncDispose]();
if (mode === "aborted") stream.abort();
if (mode === "client-closed") await clinician.close();
await reading;
const watch = stopwatch();
process.on("exit", () => console.log(watch.ms()));
