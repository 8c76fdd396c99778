// WebCrypto hashes only data that is in memory as a whole; uploads are hashed while they arrive.
const K: Int32Array = new Int32Array(64);
const INITIAL: Int32Array = new Int32Array(8);

// The constants are the fractions of cube and square roots of the first primes (FIPS 180-4, 4.2.2 and 5.3.3).
{
  const fraction = (root: number): number => Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
  let count = 0;
  for (let candidate = 2; count < 64; candidate += 1) {
    let prime = true;
    for (let factor = 2; factor * factor <= candidate; factor += 1)
      if (candidate % factor === 0) prime = false;
    if (!prime) continue;
    if (count < 8) INITIAL[count] = fraction(Math.sqrt(candidate));
    K[count] = fraction(Math.cbrt(candidate));
    count += 1;
  }
}

/** A hash with input chunk by chunk. */
export interface Digest {
  update(chunk: Uint8Array): unknown;
  /** Ends the hash; lower-case hex. Nothing may be added afterwards. */
  hex(): string;
}

/** SHA-256 over any number of chunks, in constant memory. */
export class Sha256 implements Digest {
  readonly #state: Int32Array = INITIAL.slice();
  readonly #words: Int32Array = new Int32Array(64);
  readonly #block: Uint8Array = new Uint8Array(64);
  #used = 0;
  #sizeBytes = 0;

  update(chunk: Uint8Array): this {
    this.#sizeBytes += chunk.length;
    let from = 0;
    if (this.#used > 0) {
      from = Math.min(64 - this.#used, chunk.length);
      this.#block.set(chunk.subarray(0, from), this.#used);
      this.#used += from;
      if (this.#used < 64) return this;
      this.#compress(this.#block, 0);
      this.#used = 0;
    }
    for (; from + 64 <= chunk.length; from += 64) this.#compress(chunk, from);
    this.#block.set(chunk.subarray(from));
    this.#used = chunk.length - from;
    return this;
  }

  hex(): string {
    const sizeBytes = this.#sizeBytes;
    const tail = new Uint8Array(this.#used < 56 ? 64 - this.#used : 128 - this.#used);
    tail[0] = 0x80;
    const view = new DataView(tail.buffer);
    view.setUint32(tail.length - 8, Math.floor(sizeBytes / 2 ** 29));
    view.setUint32(tail.length - 4, (sizeBytes * 8) >>> 0);
    this.update(tail);
    return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #compress(data: Uint8Array, offset: number): void {
    const w = this.#words;
    const state = this.#state;
    for (let i = 0, at = offset; i < 16; i += 1, at += 4) {
      w[i] =
        ((data[at] as number) << 24) |
        ((data[at + 1] as number) << 16) |
        ((data[at + 2] as number) << 8) |
        (data[at + 3] as number);
    }
    for (let i = 16; i < 64; i += 1) {
      const x = w[i - 15] as number;
      const y = w[i - 2] as number;
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = ((w[i - 16] as number) + s0 + (w[i - 7] as number) + s1) | 0;
    }
    let a = state[0] as number;
    let b = state[1] as number;
    let c = state[2] as number;
    let d = state[3] as number;
    let e = state[4] as number;
    let f = state[5] as number;
    let g = state[6] as number;
    let h = state[7] as number;
    for (let i = 0; i < 64; i += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (K[i] as number) + (w[i] as number)) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    state[0] = (state[0] as number) + a;
    state[1] = (state[1] as number) + b;
    state[2] = (state[2] as number) + c;
    state[3] = (state[3] as number) + d;
    state[4] = (state[4] as number) + e;
    state[5] = (state[5] as number) + f;
    state[6] = (state[6] as number) + g;
    state[7] = (state[7] as number) + h;
  }
}
