import { type ErrorFacts, HeidiError } from "../errors.ts";
import type { ByteReader, StreamFraming } from "../stream/bytes.ts";
import type { SettledCall } from "./promise.ts";
import { toResponse } from "./response.ts";
import type { HttpResponse } from "./wire.ts";

/** A successful answer: parsed with its bytes kept, or handed over with its body unread. */
export class ApiResponse<T> implements SettledCall<T> {
  readonly requestId: string | undefined;
  /** What is known of the call by now, for the errors of whoever reads the body. */
  readonly facts: ErrorFacts;
  readonly #response: HttpResponse;
  readonly #parsed: { readonly data: T; readonly bytes: Uint8Array } | undefined;

  constructor(
    response: HttpResponse,
    facts: ErrorFacts,
    parsed: { readonly data: T; readonly bytes: Uint8Array } | undefined,
  ) {
    this.#response = response;
    this.facts = facts;
    this.requestId = facts.requestId;
    this.#parsed = parsed;
  }

  data(): T {
    if (!this.#parsed)
      throw new HeidiError("The body was handed out by asResponse(): read it there.", {
        outcome: "processed",
      });
    return this.#parsed.data;
  }

  /** The unread body; only a handed-over answer has one. */
  get reader(): ByteReader {
    return this.#response.body;
  }

  get contentType(): string | undefined {
    return this.#response.headers.get("content-type") ?? undefined;
  }

  get framing(): StreamFraming | undefined {
    return this.#response.framing;
  }

  response(): Response {
    return toResponse(this.#response, this.#parsed?.bytes);
  }
}
