import { createClinician, loadSdkNode } from "../../harness/sdk.mjs";
import { uploadClient } from "./measure.mjs";

export async function create(params) {
  const { clinician } = await createClinician(params);
  const { fileFromPath } = await loadSdkNode(params.packageDir);
  let sentBytes = 0;
  const options = {
    onProgress: (progress) => {
      sentBytes = progress.sentBytes;
    },
  };
  return uploadClient(async (path) => {
    await clinician.transcription.uploadAudio("session-1", { file: fileFromPath(path) }, options);
    if (sentBytes === 0) throw new Error("there was no progress");
  });
}
