import { encodeText } from "../utils/utf8.ts";
import { type SandboxContext, timestamp } from "./context.ts";
import type { SandboxRequest, SandboxResponse } from "./message.ts";
import { userOf } from "./state.ts";

const PATH = "/integration/widget/auth";

/**
 * The page on which a clinician signs in to Heidi, to which `account.linkUrl()` leads. Opening it here counts as signing
 * in: an account is linked to the user of the token in the address. Undefined for every other address.
 */
export async function signInPage(
  context: SandboxContext,
  { method }: SandboxRequest,
  { pathname, searchParams }: URL,
): Promise<SandboxResponse | undefined> {
  if (method !== "GET" || pathname !== PATH) return undefined;
  const token = searchParams.get("t") ?? "";
  const claims = await context.tokens.verify(token, context.clock.now());
  if (typeof claims === "string" || context.revoked.has(token))
    return page(401, "This link is invalid or has expired.");
  const { email, third_party_internal_id } = claims;
  const user = userOf(context.state, { email, third_party_internal_id });
  user.linked_account ??= { user_id: `kp_${context.ids.hex()}`, linked_at: timestamp(context) };
  return page(200, "Your Heidi account is linked. You can close this page.");
}

function page(status: number, text: string): SandboxResponse {
  const body = `<!doctype html><html lang="en"><title>Heidi sandbox</title><p>${text}</p></html>\n`;
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body: encodeText(body) };
}
