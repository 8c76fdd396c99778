/** A wait before the request is processed, by the sandbox's clock. */
export interface LatencyFault {
  readonly kind: "latency";
  readonly latencyMs: number;
}

/** A response with an error status. */
export interface StatusFault {
  readonly kind: "status";
  /** 400 to 599. */
  readonly status: number;
  /** Sent as `Retry-After`, in whole seconds, rounded up. Default: no such header. */
  readonly retryAfterMs?: number | undefined;
  /** True: the operation runs first, and its response is lost. Default false. */
  readonly processed?: boolean | undefined;
  /** The `detail.type` of the response. Default: Heidi's name of the status. */
  readonly type?: string | undefined;
  /** The `detail.msg` of the response. */
  readonly msg?: string | undefined;
}

/** A reset of the connection instead of a response. */
export interface ResetFault {
  readonly kind: "reset";
  /** `before`: the operation does not run. `after`: the operation runs, and its response is lost. */
  readonly when: "before" | "after";
}

/** A fault within a response that began normally. */
export interface BodyFault {
  /**
   * - `truncate`: the connection breaks in the middle of a piece.
   * - `cut`: the response ends in the middle of a piece as if it were complete.
   * - `malformed`: one piece is not JSON, the others are.
   * - `stall`: nothing more arrives, and the connection stays open.
   */
  readonly kind: "truncate" | "cut" | "malformed" | "stall";
  /**
   * The number of pieces of a stream that arrive before; a response that is not a stream has one piece. Default 3, or 0
   * for one piece.
   */
  readonly afterPieces?: number | undefined;
}

/** A rejection of the credentials with 401. */
export interface TokenFaultRule {
  readonly kind: "token";
  /** `expired`: this request only. `revoked`: the token is never valid again. */
  readonly token: "expired" | "revoked";
}

/** A slow read of the request's body, which slows an upload down. */
export interface SlowReaderFault {
  readonly kind: "slow-reader";
  /** The pause after each chunk, by the sandbox's clock. */
  readonly chunkDelayMs: number;
}

/** A fault of any kind. */
export type Fault = LatencyFault | StatusFault | ResetFault | BodyFault | TokenFaultRule | SlowReaderFault;

/** The requests of the operation that a fault applies to: those after `skip`, as many as `times`, each with `probability`. */
export interface FaultChoice {
  /** The number of requests. Default 1, or unlimited where `probability` is given. */
  readonly times?: number | undefined;
  /** The number of requests that pass unchanged before. Default 0. */
  readonly skip?: number | undefined;
  /** The probability, from 0 to 1, by a generator that starts from the sandbox's `seed`. Default 1. */
  readonly probability?: number | undefined;
}

/** A fault, and the requests that it applies to. */
export type FaultRule = Fault & FaultChoice;

/** The handle of a fault that is set up. */
export interface FaultHandle {
  /** The number of requests that it applied to. */
  readonly hits: number;
  /** Removes the fault. Idempotent. */
  remove(): void;
}
