import { describe, expect, inject, it } from "vitest";
import { hasTools, installTools, RECORDING, tool } from "./toolbox.ts";
import { node } from "./tools.ts";

const { esm } = inject("installed");

const script = (jsdom: string): string => `
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { createSandbox } from "heidi-health-sdk/sandbox";

const { JSDOM } = createRequire(import.meta.url)(${JSON.stringify(jsdom)});
const sandbox = await createSandbox({ timings: { parsingMs: 0, transcriptionMs: 0, codingMs: 0 } });
const platformFetch = globalThis.fetch;
const { window } = new JSDOM("", { url: "https://clinic.example/" });
for (const name of ["document", "Blob", "File", "FileReader", "FormData", "Headers", "DOMException"])
  Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true });
globalThis.window = window;

const { Heidi } = await import("heidi-health-sdk");
const { apiKey, baseUrl } = sandbox;
const fetch = (input, init) => platformFetch(input, init);
const heidi = new Heidi({ apiKey, baseUrl, fetch, dangerouslyAllowBrowser: true });
const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
const { session_id } = await clinician.sessions.create();
${RECORDING}
for (const file of forms) await clinician.transcription.uploadAudio(session_id, { file });
await clinician.sessionContext.uploadDocument(session_id, { file: new Blob(["%PDF-1.4 a letter"]), unstructured: true });
const note = await clinician.consultNotes
  .generate(session_id, { generation_method: "TEMPLATE", addition: "", voice_style: "BRIEF", brain: "LEFT" })
  .text();
const [session] = sandbox.state().users[0].sessions;
const hash = createHash("sha256").update(bytes).digest("hex");
console.log(JSON.stringify({
  sound: session.audio.map(({ sha256, size_bytes }) => sha256 === hash && size_bytes === bytes.length),
  letter: session.context_documents[0].size_bytes,
  note: session.consult_note.result === note && note.length > 50,
}));
await heidi.close();
await sandbox.close();
window.close();
process.exit();
`;

describe.skipIf(!hasTools)(
  "with the globals of jsdom and Node's fetch as the option (needs RUNTIMES)",
  () => {
    it("sends every file byte for byte, and reads a note [R6] [R24]", async () => {
      await installTools();
      const { output } = await node(["--input-type=module", "-e", script(tool("jsdom/lib/api.js"))], {
        cwd: esm,
      });
      expect(JSON.parse(output)).toEqual({
        sound: [true, true, true, true, true],
        letter: "%PDF-1.4 a letter".length,
        note: true,
      });
    });
  },
);
