import type { RequestHandler } from "./server.ts";
import type { Digest } from "./sha256.ts";

/** What a runtime lends the sandbox. Which one it is, `#platform` of package.json tells. */
export interface SandboxPlatform {
  /** Its own SHA-256, where it has one that takes its input piece by piece. */
  readonly createDigest: (() => Digest) | undefined;
  /** Serves the core on a loopback port; undefined where a program cannot listen, as in a browser or a Worker. */
  readonly listen:
    | ((
        handle: RequestHandler,
        port: number,
        isReset: (error: unknown) => boolean,
        keepProcessAlive: boolean,
      ) => Promise<HttpListener>)
    | undefined;
}

/** An open http door. */
export interface HttpListener {
  readonly port: number;
  /** Lets the process end although the door is open. */
  unref(): void;
  /** Ends all connections, and so all requests under way. */
  close(): Promise<void>;
}
