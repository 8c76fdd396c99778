/** Where ids come from: the same seed gives the same ids in the same order. */
export interface IdSource {
  /** 24 hex digits. */
  hex(): string;
  /** A decimal string of 37 to 39 digits, as sessions have. */
  decimal(): string;
}

/** Ids from a small seeded generator (mulberry32). */
export function createIds(seed: number): IdSource {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const digits = (count: number, radix: number): string =>
    Array.from({ length: count }, () => Math.floor(next() * radix).toString(radix)).join("");
  return {
    hex: () => digits(24, 16),
    decimal: () => `${1 + Math.floor(next() * 9)}${digits(36 + Math.floor(next() * 3), 10)}`,
  };
}
