import { isHeidiError, type RecordingStore } from "heidi-health-sdk";
import { indexedDbStore, type MicrophoneRecording, recordMicrophone } from "heidi-health-sdk/browser";
import { connect } from "./clinician.ts";
import { consult } from "./consult.ts";
import { renderMarkdown } from "./markdown.ts";

/** Returns an element of the page; `index.html` has each of them. */
function element<E extends HTMLElement>(id: string): E {
  const found = document.querySelector<E>(`#${id}`);
  if (found === null) throw new Error(`The page has no element ${id}.`);
  return found;
}

const [status, sent] = [element("status"), element("sent")];
const level = element<HTMLMeterElement>("level");
const [patient, question] = [element<HTMLFormElement>("patient"), element<HTMLFormElement>("question")];
const record = element<HTMLButtonElement>("record");
const pause = element<HTMLButtonElement>("pause");
const finish = element<HTMLButtonElement>("finish");

function say(text: string, isError = false): void {
  status.textContent = text;
  status.classList.toggle("error", isError);
}

/** Shows a failure. The messages of the SDK contain no patient data. */
function report(error: unknown): void {
  if (!isHeidiError(error)) throw error;
  say(error.message, true);
}

/** Does the work of a button, once at a time: a second click must not create a second session or request a second note. */
async function run(button: HTMLButtonElement, work: () => Promise<void>): Promise<void> {
  button.disabled = true;
  try {
    await work();
  } catch (error) {
    report(error);
  } finally {
    button.disabled = false;
  }
}

const onClick = (id: string, work: () => Promise<void>): void =>
  element(id).addEventListener("click", ({ currentTarget }) => {
    void run(currentTarget as HTMLButtonElement, work);
  });

const onSubmit = (form: HTMLFormElement, work: (value: (name: string) => string) => Promise<void>): void =>
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = new FormData(form);
    const button = event.submitter ?? form.querySelector("button");
    void run(button as HTMLButtonElement, () => work((name) => String(values.get(name))));
  });

const clinician = await connect();
let recording: MicrophoneRecording | undefined;
/** The chunks that Heidi does not have yet, encrypted. */
const store = (): RecordingStore => indexedDbStore({ name: consult.session_id });

onSubmit(patient, async (value) => {
  const { id: patient_profile_id = "" } = await clinician.patientProfiles.findOrCreate({
    ehr_patient_id: value("ehr_patient_id"),
    first_name: value("first_name"),
    last_name: value("last_name"),
  });
  const { session_id = "" } = await clinician.sessions.create({ patient_profile_id });
  consult.save(session_id, "created");
  showRecorder();
  say(`Consult of ${value("first_name")} ${value("last_name")}.`);
});

function showRecorder(): void {
  patient.hidden = true;
  element("recorder").hidden = false;
}

onClick("record", async () => {
  recording = await recordMicrophone(clinician, consult.session_id, {
    store: store(),
    onProgress: ({ event, level: loudness = 0, chunks, acknowledged, error }) => {
      if (event === "level") level.value = loudness;
      else if (error !== undefined && event !== "retrying") say(error.message, true);
      else if (event === "offline") say("No network. The recording continues, and is sent later.");
      else if (event === "online") say("Recording.");
      sent.textContent = `${acknowledged} of ${chunks} parts are at Heidi.`;
    },
  });
  consult.save(consult.session_id, "recording");
  for (const button of [pause, finish]) button.disabled = false;
  record.hidden = true;
  say("Recording.");
  void showTranscript(recording);
});

/** Shows what Heidi has transcribed so far, while the consult goes on. A failure shows nothing new. */
async function showTranscript(running: MicrophoneRecording): Promise<void> {
  while (running.state !== "ended") {
    const live = await clinician.transcription.getLive(consult.session_id).catch(() => undefined);
    if (live?.transcript) element("transcript").textContent = live.transcript;
    await new Promise((resolve) => setTimeout(resolve, 5_000));
  }
}

pause.addEventListener("click", () => {
  if (recording?.state === "paused") recording.resume();
  else recording?.pause();
  pause.textContent = recording?.state === "paused" ? "Resume" : "Pause";
});

onClick("finish", async () => {
  if (consult.step !== "recorded") {
    say("Sending the rest of the recording.");
    // After a reload nothing is being recorded: what the store has is sent.
    const { session_id } = consult;
    const rest = recording ?? (await clinician.transcription.startRecording(session_id, { store: store() }));
    await rest.finish();
    consult.save(session_id, "recorded");
    showRecorded();
  }
  say("Heidi transcribes the consult.");
  const { transcript = "" } = await clinician.transcription.waitForTranscript(consult.session_id);
  element("transcript").textContent = transcript;
  await writeNote();
  element("recorder").hidden = true;
});

/** The recording is at Heidi; what remains is the note. */
function showRecorded(): void {
  for (const control of [level, record, pause]) control.hidden = true;
  finish.disabled = false;
  finish.textContent = "Write the note";
}

async function templateOf(category: string): Promise<string> {
  const { data = [] } = await clinician.templates.list();
  return (data.find(({ template_category }) => template_category === category) ?? data[0])?.id ?? "";
}

async function writeNote(): Promise<void> {
  element("result").hidden = false;
  say("Heidi writes the note.");
  const note = clinician.consultNotes.generate(consult.session_id, {
    generation_method: "TEMPLATE",
    template_id: await templateOf("CONSULT_NOTE_TEMPLATE"),
    addition: "",
    voice_style: "GOLDILOCKS",
    brain: "LEFT",
  });
  await showWriting(element("note"), note.textStream());
  say("The note is complete.");
}

/** Shows Markdown while it is being written. Rejects when the stream breaks off: what is shown is then incomplete. */
async function showWriting(target: HTMLElement, pieces: AsyncIterable<string>): Promise<void> {
  let text = "";
  for await (const piece of pieces) {
    text += piece;
    renderMarkdown(target, text);
  }
}

onClick("letter", async () => {
  const letter = await clinician.documents.generate(consult.session_id, {
    generation_method: "TEMPLATE",
    template_id: await templateOf("DOCUMENT_TEMPLATE"),
    voice_style: "BRIEF",
    brain: "LEFT",
  });
  renderMarkdown(element("document"), letter.content ?? "");
});

onClick("codes", async () => {
  const { entities = [] } = await clinician.clinicalCoding.waitForCodes(consult.session_id, {
    coding_system: "SNOMED-CT",
  });
  const items = entities.map(({ entity, primary_code }) => {
    const item = document.createElement("li");
    item.textContent = `${entity ?? ""} ${primary_code?.code ?? ""}`;
    return item;
  });
  element("entities").replaceChildren(...items);
});

onSubmit(question, async (value) => {
  const stream = clinician.askHeidi.ask(consult.session_id, {
    ai_command_text: value("text"),
    content: "",
    content_type: "MARKDOWN",
  });
  await showWriting(element("answer"), stream.textStream());
});

onClick("another", async () => {
  consult.save("", "none");
  location.reload();
});

// What a reload interrupted continues: the store has the recording's parts.
if (consult.step !== "none") showRecorder();
if (consult.step === "created") say("The consult has begun.");
else if (consult.step === "recording") {
  record.textContent = "Continue recording";
  finish.disabled = false;
  say("The recording was interrupted. Continue it, or finish it.");
} else if (consult.step === "recorded") {
  showRecorded();
  say("The recording is complete.");
}
status.dataset["ready"] = "true";
