/** Waits before the request is looked at, by the sandbox's clock. */
export interface LatencyFault {
  readonly kind: "latency";
  readonly latencyMs: number;
}

/** Answers with an error status. */
export interface StatusFault {
  readonly kind: "status";
  /** 400 to 599. */
  readonly status: number;
  /** Sent as `Retry-After`, in whole seconds, rounded up. Default: no such header. */
  readonly retryAfterMs?: number | undefined;
  /** True: the operation is carried out first, and its answer is lost. Default false. */
  readonly processed?: boolean | undefined;
  /** The `detail.type` of the answer. Default: what Heidi calls the status. */
  readonly type?: string | undefined;
  /** The `detail.msg` of the answer. */
  readonly msg?: string | undefined;
}

/** Resets the connection instead of answering. */
export interface ResetFault {
  readonly kind: "reset";
  /** `before`: nothing was done. `after`: the operation was carried out, and its answer is lost. */
  readonly when: "before" | "after";
}

/** What goes wrong within an answer that began well. */
export interface BodyFault {
  /**
   * - `truncate`: the connection breaks in the middle of a piece.
   * - `cut`: the answer ends in the middle of a piece as if it were complete.
   * - `malformed`: one piece is not JSON, the others are.
   * - `stall`: nothing more arrives, and the connection stays open.
   */
  readonly kind: "truncate" | "cut" | "malformed" | "stall";
  /** How many pieces of a stream arrive before; an answer that is no stream has one piece. Default 3, or 0 for one piece. */
  readonly afterPieces?: number | undefined;
}

/** Refuses the credentials with 401. */
export interface TokenFaultRule {
  readonly kind: "token";
  /** `expired`: this request only. `revoked`: the token is never good again. */
  readonly token: "expired" | "revoked";
}

/** Takes the request's body slowly, so that an upload is held back. */
export interface SlowReaderFault {
  readonly kind: "slow-reader";
  /** The pause after each chunk, by the sandbox's clock. */
  readonly chunkDelayMs: number;
}

/** Something that goes wrong. */
export type Fault = LatencyFault | StatusFault | ResetFault | BodyFault | TokenFaultRule | SlowReaderFault;

/** Which requests of the operation a fault befalls: those after `skip`, as many as `times`, each with `probability`. */
export interface FaultChoice {
  /** Default 1, or without end where `probability` is given. */
  readonly times?: number | undefined;
  /** How many requests pass unharmed before. Default 0. */
  readonly skip?: number | undefined;
  /** From 0 to 1, by a generator that starts from the sandbox's `seed`. Default 1. */
  readonly probability?: number | undefined;
}

/** A fault, and which requests it befalls. */
export type FaultRule = Fault & FaultChoice;

/** A fault that was set up. */
export interface FaultHandle {
  /** How many requests it befell. */
  readonly hits: number;
  /** Ends it; may be called again. */
  remove(): void;
}
