import { openAsBlob } from "node:fs";
import { createClinician, loadSdkNode } from "../../harness/sdk.mjs";
import { uploadClient } from "../upload/measure.mjs";

async function uploadBySdk(params) {
  const { clinician } = await createClinician(params);
  const { fileFromPath } = await loadSdkNode(params.packageDir);
  return (path) => clinician.transcription.uploadAudio("session-1", { file: fileFromPath(path) });
}

function uploadByFetch({ baseUrl }) {
  return async (path) => {
    const body = new FormData();
    body.append("file", await openAsBlob(path), "visit.mp3");
    await (await fetch(`${baseUrl}/upload`, { method: "POST", body })).json();
  };
}

export async function create(params) {
  const upload = params.client === "heidi" ? await uploadBySdk(params) : uploadByFetch(params);
  const { run } = uploadClient((path) =>
    Promise.all(Array.from({ length: params.uploads }, () => upload(path))),
  );
  return {
    async run(round) {
      const { mbPerS, ...rest } = await run(round);
      return { ...rest, mbPerS: mbPerS * params.uploads };
    },
  };
}
