// Records four chunks through a spool directory, and kills itself at the given step of its progress; 0 is never.

import { Heidi } from "../../../src/index.ts";
import { directoryStore } from "../../../src/node.ts";

const [baseUrl = "", spool = "", session = "", killAt = "0"] = process.argv.slice(2);
let steps = 0;
const heidi = new Heidi({ apiKey: "key", baseUrl });
const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });
const recording = await clinician.transcription.startRecording(session, {
  store: directoryStore(spool),
  keepJournal: true,
  onProgress: () => {
    steps += 1;
    if (steps === Number(killAt)) process.kill(process.pid, "SIGKILL");
  },
});
for (let index = recording.nextIndex; index < 4; index += 1) {
  await recording.append(new TextEncoder().encode(`OggSchunk ${index}`));
}
console.log(JSON.stringify({ ...(await recording.finish()), steps }));
