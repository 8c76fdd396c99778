import { encodeText } from "../utils/utf8.ts";
import type { Digest } from "./digest.ts";

/** The source of ids: the same seed gives the same ids in the same order. */
export interface IdSource {
  /** 24 hex digits. */
  hex(): string;
  /** A decimal string of 37 to 39 digits, as sessions have. */
  decimal(): string;
  /** The count of numbers drawn, to continue from this point later. */
  drawn(): number;
}

const STEP = 0x6d2b79f5;

/** Numbers from 0 up to 1, the same for the same seed, from a small generator (mulberry32); the first `skip` numbers are dropped. */
export function createRandom(seed: number, skip = 0): () => number {
  let state = (seed + Math.imul(skip, STEP)) | 0;
  return () => {
    state = (state + STEP) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Ids from a seeded generator, of which `drawn` numbers are already used. */
export function createIds(seed: number, drawn = 0): IdSource {
  const random = createRandom(seed, drawn);
  let count = drawn;
  const next = (): number => {
    count += 1;
    return random();
  };
  const digits = (length: number, radix: number): string =>
    Array.from({ length }, () => Math.floor(next() * radix).toString(radix)).join("");
  return {
    hex: () => digits(24, 16),
    drawn: () => count,
    decimal: () => `${1 + Math.floor(next() * 9)}${digits(36 + Math.floor(next() * 3), 10)}`,
  };
}

/** Returns the id of an object without a record of its own, always the same for the same object: 24 hex digits. */
export const derivedId = (digest: Digest, ...thing: readonly string[]): string => {
  digest.update(encodeText(JSON.stringify(thing)));
  return digest.hex().slice(0, 24);
};
