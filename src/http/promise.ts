/** A finished call: its parsed data and its response. */
export interface WithResponse<T> {
  /** The data with which the call resolves. */
  readonly data: T;
  /** The response with its unread body. */
  readonly response: Response;
  /** The server's id of the request, if it sent one. */
  readonly requestId: string | undefined;
}

/** A call in progress, as {@link ApiPromise} uses it. */
export interface PendingCall<T> {
  /** Settles when the response was read and parsed or, after `claimBody`, when its headers have arrived. */
  readonly settled: Promise<SettledCall<T>>;
  /** Requests that the body stays unread; has no effect after the headers have arrived. */
  claimBody(): void;
}

/** The result of a call. */
export interface SettledCall<T> {
  /** Throws when the body was claimed unread. */
  data(): T;
  response(): Response;
  readonly requestId: string | undefined;
}

/** A method's parameter is compared both ways, so handlers may narrow it, `(error: HeidiError) => …`, as with any promise. */
export type OnRejected<B> = { handle(reason: unknown): B | PromiseLike<B> }["handle"];

/**
 * The promise of a call's data; the response is available on request.
 *
 * The method starts the call; nothing here starts or repeats it.
 *
 * @example
 * const session = await clinician.sessions.get(id);
 * const { data, response, requestId } = await clinician.sessions.get(id).withResponse();
 */
export class ApiPromise<T> implements Promise<T> {
  readonly [Symbol.toStringTag]: string = "ApiPromise";
  readonly #call: PendingCall<T>;

  /** Internal: the client's methods create the calls. */
  constructor(call: PendingCall<T>) {
    this.#call = call;
  }

  /** Returns the data together with the `Response` (its body can be read again) and the request id. */
  withResponse(): Promise<WithResponse<T>> {
    return this.#call.settled.then((call) => ({
      data: call.data(),
      response: call.response(),
      requestId: call.requestId,
    }));
  }

  /**
   * Returns the plain `Response`; its body is unread if this is called in the same turn as the method. The caller must then
   * read or cancel the body: until then the connection stays open. Error statuses still throw.
   */
  asResponse(): Promise<Response> {
    this.#call.claimBody();
    return this.#call.settled.then((call) => call.response());
  }

  then<A = T, B = never>(
    onFulfilled?: ((data: T) => A | PromiseLike<A>) | null,
    onRejected?: OnRejected<B> | null,
  ): Promise<A | B> {
    const { settled } = this.#call;
    if (!onFulfilled) return settled.then((call) => call.data() as unknown as A, onRejected);
    // Two steps, so that `onRejected` does not see what `onFulfilled` throws, as with any promise.
    return settled.then((call) => call.data()).then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: OnRejected<B> | null): Promise<T | B> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.then().finally(onFinally);
  }
}
