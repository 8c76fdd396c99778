import type { Jwt } from "../../generated/types.ts";
import type { RequestOptions } from "../http/options.ts";
import { withCallSite } from "../utils/call-site.ts";
import { loadChunk } from "../utils/lazy.ts";
import type { ClientAddress } from "../utils/regions.ts";
import type { LinkUrlOptions } from "./link-url.ts";

/** The method that links an account by the clinician's own sign-in. */
export interface AccountLinking {
  /**
   * Returns the URL of the page on which the clinician signs in to Heidi or signs up. Heidi then links that account to this
   * user, and `access()` reports the link. To link without the page, pass the account's id to `link()`.
   *
   * The page identifies the clinician by their token, which is part of the URL: open it at once in the clinician's own
   * browser (a redirect, a new window), and never log, store or send it. The page is not in Heidi's documentation; its
   * URL and parameters are those that two public integrations use.
   *
   * @throws HeidiArgumentError for an invalid option, or when `page` is required; otherwise the errors of `token()`.
   *
   * @example
   * const { is_linked } = await clinician.account.access();
   * if (!is_linked) redirect(await clinician.account.linkUrl({ productName: "Example EHR" }));
   */
  linkUrl(options?: LinkUrlOptions): Promise<string>;
}

/** Binds linking to the client's address and to the function that returns the clinician's token. */
export function createLinking(
  address: ClientAddress,
  token: (options: Pick<RequestOptions, "signal">) => Promise<Jwt>,
): AccountLinking {
  return {
    linkUrl: withCallSite(async (options = {}) => {
      // Loaded on use: each clinician is linked only once.
      const { buildLinkUrl } = await loadChunk(import("./link-url.ts"));
      const page = buildLinkUrl(address, options);
      const { token: jwt = "" } = await token({ signal: options.signal });
      page.searchParams.set("t", jwt);
      return page.href;
    }),
  };
}
