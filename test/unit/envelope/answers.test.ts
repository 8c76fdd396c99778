import { HeidiDecodeError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { scriptedApi } from "../workflows/api.ts";

const ID = "271828182845904523536028747135266249775";

describe("an answer in an envelope, as the caller sees it", () => {
  it("is typed data, and its body is there untouched", async () => {
    const { clinician } = scriptedApi(() => ({ session: { session_id: ID } }));
    const { data, response } = await clinician.sessions.get(ID).withResponse();
    expect(data).toEqual({ session_id: ID });
    expect(await response.json()).toEqual({ session: { session_id: ID } });
    const raw = await clinician.sessions.get(ID).asResponse();
    expect(await raw.json()).toEqual({ session: { session_id: ID } });
  });

  it("is left alone in a request of one's own", async () => {
    const { clinician } = scriptedApi(() => ({ session: { session_id: ID } }));
    expect(await clinician.request("GET", `/sessions/${ID}`)).toEqual({ session: { session_id: ID } });
  });
});

describe("an upload's answer", () => {
  const upload = (answer: Response): Promise<unknown> =>
    scriptedApi(() => answer)
      .clinician.transcription.uploadAudio(ID, { file: { data: new Uint8Array(9), filename: "a.ogg" } })
      .then((audio) => audio);

  it.each([
    ["in an envelope", Response.json({ uploaded_audio: { id: "1", index: 0 } }), { id: "1", index: 0 }],
    ["bare", Response.json({ id: "1", index: 0 }), { id: "1", index: 0 }],
    ["without a body", new Response(null, { status: 200 }), undefined],
    ["of status 204", new Response(null, { status: 204 }), undefined],
    ["in plain words", new Response("stored"), undefined],
  ])("is a success %s", async (_, answer, audio) => {
    expect(await upload(answer)).toEqual(audio);
  });

  it("is no success when it is a web page", async () => {
    const page = new Response("<html>Sign in</html>", { headers: { "content-type": "text/html" } });
    await expect(upload(page)).rejects.toBeInstanceOf(HeidiDecodeError);
  });
});
