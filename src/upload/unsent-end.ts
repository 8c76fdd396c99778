const ends = new WeakMap<object, () => boolean>();

/** Registers how to find out whether the end of the form that contains this file may have been sent. */
export function trackEnd(file: unknown, mayBeSent: () => boolean): void {
  if (typeof file === "object" && file !== null) ends.set(file, mayBeSent);
}

/**
 * True when no attempt has even read the end of the form that contains this file. A server cannot take such a request for a
 * complete one: bytes that its length announces are missing, and so is the end of the form. False also where this is not
 * known, as for a file argument that was copied.
 */
export const isEndUnsent = (file: object): boolean => ends.get(file)?.() === false;
