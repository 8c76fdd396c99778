import type { OperationModel } from "../spec/model.ts";
import { argumentNames } from "./client.ts";
import { docComment } from "./text.ts";

/** The TSDoc of a method: what it does in the spec's words, its HTTP line, its arguments and what it throws. */
export function methodDoc(model: OperationModel, indent: string): string {
  const { summary, description, deprecated } = model;
  const names = argumentNames(model);
  const sentence = description ?? summary ?? `Calls ${model.id}.`;
  const lines = [
    endSentence(sentence),
    `\`${model.method} ${model.path}\` (${model.id})`,
    ...model.pathParameters.map(
      ({ description: text }, index) => text && `@param ${names[index]} - ${endSentence(text)}`,
    ),
    `@throws ${throws(model)}`,
    deprecated ? "@deprecated The API marks this operation as deprecated." : undefined,
  ];
  return docComment(lines, indent);
}

function throws(model: OperationModel): string {
  const numbers = model.errorStatuses.filter((status) => /^\d+$/.test(status));
  const statuses = numbers.length > 0 ? ` on ${numbers.join(", ")}` : "";
  const stream = model.response.kind === "stream" ? ", HeidiStreamError when it breaks off" : "";
  return `HeidiApiError${statuses}${stream}; else another HeidiError.`;
}

function endSentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?:]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
