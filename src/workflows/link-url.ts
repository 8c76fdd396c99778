import type { RequestOptions } from "../http/options.ts";
import { type ClientAddress, deploymentOf, isRegion } from "../utils/regions.ts";
import { throwInvalidArgument } from "../utils/validate.ts";

const PATH = "/integration/widget/auth";

/**
 * Builds the URL of the page, without the token. Two public integrations use the same path and parameters; one of them
 * uses the staging host, the other the production host.
 */
export function buildLinkUrl({ baseUrl, region: clientRegion }: ClientAddress, options: LinkUrlOptions): URL {
  if (typeof options !== "object" || options === null)
    throwInvalidArgument("options", "The options of a link must be an object.");
  const { productName, reset = true, region = regionOf(baseUrl) ?? clientRegion, page } = options;
  checkText("productName", productName);
  if (region !== undefined && !isRegion(region))
    throwInvalidArgument("region", "The option `region` must be one of au, us, ca, eu, uk.");
  if (typeof reset !== "boolean") throwInvalidArgument("reset", "The option `reset` must be true or false.");
  const url = page === undefined ? defaultPage(baseUrl) : givenPage(page);
  if (reset) url.searchParams.set("reset", "true");
  if (region !== undefined) url.searchParams.set("region", region.toUpperCase());
  if (productName !== undefined) url.searchParams.set("productName", productName);
  return url;
}

function regionOf(baseUrl: string): string | undefined {
  const deployment = deploymentOf(new URL(baseUrl).hostname);
  return isRegion(deployment) ? deployment : undefined;
}

function defaultPage(baseUrl: string): URL {
  const { origin, hostname } = new URL(baseUrl);
  switch (deploymentOf(hostname)) {
    case "staging":
      return new URL(PATH, "https://registrar.scribe.heidihealth.com");
    case "local":
      return new URL(PATH, origin);
    case "other":
      return throwInvalidArgument(
        "page",
        "The option `page` is required: this client's baseUrl is not Heidi's own, so the sign-in page of its clinicians is unknown.",
      );
    default:
      return new URL(PATH, "https://scribe.heidihealth.com");
  }
}

/** Checks the page's URL. The token is a secret, so it is never sent unencrypted. */
function givenPage(page: unknown): URL {
  const url = typeof page === "string" && URL.canParse(page) ? new URL(page) : undefined;
  const isSafe =
    url?.protocol === "https:" || (url?.protocol === "http:" && deploymentOf(url.hostname) === "local");
  if (url && isSafe && url.username === "" && url.password === "" && url.hash === "") return url;
  return throwInvalidArgument(
    "page",
    "The option `page` must be a complete https:// URL (http:// only for a loopback address), without a user name or fragment.",
  );
}

function checkText(option: string, value: unknown): void {
  if (value === undefined || (typeof value === "string" && value.trim() !== "")) return;
  throwInvalidArgument(option, `The option \`${option}\` must be a non-empty string.`);
}

/** Options of `account.linkUrl()`. */
export interface LinkUrlOptions {
  /** The name of your product on Heidi's page. Default: the page names none. */
  readonly productName?: string | undefined;
  /** The region of the clinician's Heidi account. Default: the client's; omitted when that is unknown. */
  readonly region?: "au" | "us" | "ca" | "eu" | "uk" | undefined;
  /** Ends an existing sign-in in the browser, to avoid linking a colleague's account. Default true. */
  readonly reset?: boolean | undefined;
  /**
   * The page's URL, to which the parameters are added. `https:`, or `http:` on loopback. Default:
   * `https://scribe.heidihealth.com/integration/widget/auth` for production, the same on
   * `registrar.scribe.heidihealth.com` for staging, and the same path on the sandbox; other hosts have no default.
   */
  readonly page?: string | undefined;
  readonly signal?: RequestOptions["signal"];
}
