import type { Jwt } from "../../generated/types.ts";
import type { RequestOptions } from "../http/options.ts";
import { withCallSite } from "../utils/call-site.ts";
import { loadChunk } from "../utils/lazy.ts";
import type { ClientAddress } from "../utils/regions.ts";

/** Options of `account.linkUrl()`. */
export interface LinkUrlOptions {
  /** What Heidi's page calls your product. Default: it names none. */
  readonly productName?: string | undefined;
  /** The region of the clinician's Heidi account. Default: the client's; left out where that is not known. */
  readonly region?: "au" | "us" | "ca" | "eu" | "uk" | undefined;
  /** Ends a sign-in that the browser still has, so that nobody links a colleague's account. Default true. */
  readonly reset?: boolean | undefined;
  /**
   * The page's address, to which the rest is added. `https:`, or `http:` on loopback. Default:
   * `https://scribe.heidihealth.com/integration/widget/auth` for production, the same on
   * `registrar.scribe.heidihealth.com` for staging, and the same path on the sandbox; for another host there is none.
   */
  readonly page?: string | undefined;
  readonly signal?: RequestOptions["signal"];
}

/** Linking by the clinician's own sign-in. */
export interface AccountLinking {
  /**
   * The address of the page on which the clinician signs in to Heidi, or signs up; Heidi then links that account to
   * this user, and `access()` tells so. To link without the page, pass the account's id to `link()`.
   *
   * The page knows the clinician by their token, which is part of the address: open it in the clinician's own browser
   * (a redirect, a new window), at once, and never log, store or send it. The page is not in Heidi's documentation; its
   * address and parameters are those that two public integrations send their clinicians to.
   *
   * @throws HeidiArgumentError when an option cannot be used, or `page` is needed; else as `token()`.
   *
   * @example
   * const { is_linked } = await clinician.account.access();
   * if (!is_linked) redirect(await clinician.account.linkUrl({ productName: "Example EHR" }));
   */
  linkUrl(options?: LinkUrlOptions): Promise<string>;
}

/** Binds linking to the client's address and to what brings the clinician's token. */
export function createLinking(
  address: ClientAddress,
  token: (options: Pick<RequestOptions, "signal">) => Promise<Jwt>,
): AccountLinking {
  return {
    linkUrl: withCallSite(async (options = {}) => {
      // Loaded when a clinician is to be linked, which happens once.
      const { buildLinkUrl } = await loadChunk(import("./link-url.ts"));
      const page = buildLinkUrl(address, options);
      const { token: jwt = "" } = await token({ signal: options.signal });
      page.searchParams.set("t", jwt);
      return page.href;
    }),
  };
}
