import { Arrived } from "./arrived.ts";
import { BodyDecoder } from "./body-decoder.ts";

/** What reading an answer needs. */
export interface Reading {
  readonly decoder: BodyDecoder;
  readonly arrived: Arrived;
}

/** Loaded with the first stream: all that no other call needs. */
export function beginReading(
  contentType: string | undefined,
  maxItemBytes: number | undefined,
  maxTextLength: number,
): Reading {
  const createDecoder = (): BodyDecoder => new BodyDecoder(contentType, maxItemBytes);
  return { decoder: createDecoder(), arrived: new Arrived(maxTextLength, createDecoder) };
}
