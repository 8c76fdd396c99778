/** The destination of requests: a production region, Heidi's staging, this machine, or another host such as a gateway. */
export type HeidiDeployment = (typeof REGIONS)[number] | "staging" | "local" | "other";

/** The address that a client uses, and the region that its caller chose. */
export interface ClientAddress {
  readonly baseUrl: string;
  readonly region: string | undefined;
}

const REGIONS = ["au", "us", "ca", "eu", "uk"] as const;

/** True for a production region. */
export const isRegion = (value: unknown): value is (typeof REGIONS)[number] =>
  REGIONS.some((region) => region === value);

/** Returns the deployment of a hostname. */
export function deploymentOf(hostname: string): HeidiDeployment {
  const [, name] = /^([a-z]+)\.api\.heidihealth\.com$/.exec(hostname) ?? [];
  if (name === "registrar") return "staging";
  if (isRegion(name)) return name;
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname) ? "local" : "other";
}
