// The built SDK with a fetch that responds from memory: measures everything between the body and the consumer.
import { createClinician } from "../../harness/sdk.mjs";
import { tokenAnswer } from "../../servers/token.mjs";
import { itemClient, webStream } from "./data.mjs";

const BODY = {
  generation_method: "TEMPLATE",
  template_id: "template-1",
  addition: "",
  voice_style: "GOLDILOCKS",
  brain: "LEFT",
};

/** Creates a client that reads the stream with one of its methods. */
export async function streamClient(params, read) {
  const type = params.format === "sse" ? "text/event-stream" : "application/x-ndjson";
  let chunks = [];
  const fetch = async (url) =>
    url.includes("/jwt")
      ? new Response(tokenAnswer("ehr-42"), { headers: { "content-type": "application/json" } })
      : new Response(webStream(chunks), { headers: { "content-type": type } });
  const { clinician } = await createClinician({ ...params, baseUrl: "http://127.0.0.1:9" }, { fetch });
  return itemClient(params, (data, take) => {
    chunks = data.chunks;
    return read(clinician.consultNotes.generate("session-1", BODY), take);
  });
}
