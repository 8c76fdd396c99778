/** The name of an error class, such as `TypeError` or `FetchError`. */
export type ErrorName = string;

const NAME = /^[A-Z][A-Za-z]{0,39}(?:Error|Exception)$/;

/** Returns the name of a platform's error if it has the format of a class name. */
export function nameOf(error: object): ErrorName | undefined {
  const name: unknown = Reflect.get(error, "name");
  return typeof name === "string" && NAME.test(name) && name !== "Error" ? name : undefined;
}

/** Messages of JavaScript engines for a bug in the caller's code; they contain property names, never values. */
const MISTAKES: readonly RegExp[] = [
  /^[\w$.]{1,80} is not (?:a function|defined|a constructor|iterable)\.?$/,
  /^Cannot (?:read|set) properties of (?:undefined|null)(?: \((?:reading|setting) '[\w$]{1,60}'\))?$/,
  /^(?:undefined|null) is not an object(?: \(evaluating '[\w$.]{1,80}'\))?$/,
  /^(?:can't access property "[\w$]{1,60}", )?[\w$.]{1,80} is (?:undefined|null)$/,
  /^Class constructor [\w$]{1,60} cannot be invoked without 'new'$/,
  /^(?:Failed to execute 'fetch' on '\w{1,30}': )?Illegal invocation(?:: .{0,5})?$/,
  /^Only (?:absolute URLs|HTTP\(S\) protocols) are supported$/,
];

/** The message of undici's HTTP parser when the bytes are not HTTP/1.1. */
const OTHER_PROTOCOL =
  /^(?:Response does not match the HTTP\/1\.1 protocol \()?Expected HTTP\/, RTSP\/ or ICE\/\)?$/;

/** The exact messages of platforms for a failed request. */
const PHRASES: readonly RegExp[] = [
  // undici and Node
  /^fetch failed$/,
  /^(?:terminated|other side closed|socket hang up|aborted|Premature close)$/,
  /^Response does not match the HTTP\/1\.1 protocol \([A-Za-z /,]{1,60}\)$/,
  /^The operation was aborted(?: due to timeout)?\.?$/,
  // Chromium, Firefox, Safari, React Native
  /^(?:Failed to fetch|Load failed|network error|Network request failed|Network request timed out|cancelled)$/i,
  /^NetworkError when attempting to fetch resource\.$/,
  /^The (?:network connection was lost|request timed out|Internet connection appears to be offline)\.$/,
  /^(?:Could not connect to the server|A server with the specified hostname could not be found)\.$/,
  /^An SSL error has occurred and a secure connection to the server cannot be made\.$/,
  /^Refused to connect because it violates the document's Content Security Policy\.$/,
  // Cloudflare Workers, Bun, Deno
  /^(?:Network connection lost|internal error|The socket connection was closed unexpectedly)\.?$/,
  /^Unable to connect\. Is the computer able to access the url\?$/,
];

/** Returns a platform's message if it is known to contain no value of a request or a response. */
export function safeMessageOf(message: unknown): string | undefined {
  if (typeof message !== "string" || message.length > 200) return undefined;
  const isKnown = PHRASES.some((phrase) => phrase.test(message)) || isMistake(message);
  return isKnown || isOtherProtocol(message) ? message : undefined;
}

/** Returns true for an engine's message about a bug in code; a retry does not help. */
export const isMistake = (words: string): boolean => MISTAKES.some((phrase) => phrase.test(words));

/** Returns true for the message about bytes that are not HTTP/1.1. */
export const isOtherProtocol = (words: string): boolean => OTHER_PROTOCOL.test(words);
