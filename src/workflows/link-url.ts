import { type ClientAddress, deploymentOf, isRegion } from "../utils/regions.ts";
import type { LinkUrlOptions } from "./account-link.ts";
import { throwInvalidArgument } from "./polling/schedule.ts";

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
