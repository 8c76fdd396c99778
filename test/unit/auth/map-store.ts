import type { TokenStore } from "../../../src/auth/store.ts";

export interface Row {
  value: unknown;
  ttlMs: number;
}

/** A store that keeps rows as they are and counts calls. */
export class MapStore implements TokenStore {
  readonly rows: Map<string, Row> = new Map();
  readonly calls: { get: number; set: number; delete: number } = { get: 0, set: 0, delete: 0 };

  get(key: string): unknown {
    this.calls.get += 1;
    return this.rows.get(key)?.value;
  }

  set(key: string, value: unknown, ttlMs: number): unknown {
    this.calls.set += 1;
    this.rows.set(key, { value, ttlMs });
    return true;
  }

  delete(key: string): unknown {
    this.calls.delete += 1;
    return this.rows.delete(key);
  }

  only(): [string, Row] {
    const [first] = this.rows;
    if (first === undefined) throw new Error("the store is empty");
    return first;
  }
}
