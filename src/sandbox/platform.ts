import type { Digest } from "./digest.ts";
import type { RequestHandler } from "./server.ts";

/** The features of a runtime that the sandbox uses. `#platform` in package.json selects the implementation. */
export interface SandboxPlatform {
  /** Its own SHA-256, where it has one that takes its input piece by piece. */
  readonly createDigest: (() => Digest) | undefined;
  /** Serves requests on a loopback port; undefined where a program cannot listen, as in a browser or a Worker. */
  readonly listen:
    | ((
        handle: RequestHandler,
        port: number,
        isReset: (error: unknown) => boolean,
        keepProcessAlive: boolean,
      ) => Promise<HttpListener>)
    | undefined;
}

/** An open HTTP listener. */
export interface HttpListener {
  readonly port: number;
  /** Lets the process end while the listener is open. */
  unref(): void;
  /** Closes all connections, and with them all requests in flight. */
  close(): Promise<void>;
}
