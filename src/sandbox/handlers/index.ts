import type { Handlers } from "../handler-context.ts";
import { accountHandlers } from "./accounts.ts";
import { authenticationHandlers } from "./authentication.ts";
import { codingHandlers } from "./coding.ts";
import { contextHandlers } from "./context.ts";
import { profileHandlers } from "./profiles.ts";
import { recordingHandlers } from "./recordings.ts";
import { sessionHandlers } from "./sessions.ts";
import { templateHandlers } from "./templates.ts";
import { transcriptionHandlers } from "./transcription.ts";
import { writingHandlers } from "./writing.ts";

/** Every handwritten behaviour by its operationId; an operation without one responds according to its schema. */
export const handlers: Handlers = {
  ...authenticationHandlers,
  ...templateHandlers,
  ...profileHandlers,
  ...sessionHandlers,
  ...contextHandlers,
  ...transcriptionHandlers,
  ...recordingHandlers,
  ...accountHandlers,
  ...writingHandlers,
  ...codingHandlers,
};
