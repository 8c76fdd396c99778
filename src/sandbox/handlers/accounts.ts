import { timestamp } from "../context.ts";
import { type HandlerContext, type Handlers, json, userOfCall } from "../handler-context.ts";
import { httpError } from "../http-error.ts";
import { derivedId } from "../ids.ts";
import type { UserRecord } from "../state.ts";

/** The Heidi account that a user is linked to. */
export const accountHandlers: Handlers = {
  getLinkedAccount: (call) => {
    const user = userOfCall(call);
    const account = user.linked_account === undefined ? null : view(call, user);
    return json({ is_valid: account !== null, is_linked: account !== null, account });
  },
  linkAccount: (call) => {
    const user = userOfCall(call);
    if (user.linked_account !== undefined) {
      throw httpError(
        409,
        "OpenAPIHeidiAccountAlreadyLinkedError",
        "The user is already linked to a Heidi account",
      );
    }
    user.linked_account = {
      user_id: String(call.body.get("kinde_user_id")),
      linked_at: timestamp(call.context),
    };
    return json({ account: view(call, user) });
  },
  unlinkAccount: (call) => {
    const user = userOfCall(call);
    const wasLinked = user.linked_account !== undefined;
    delete user.linked_account;
    return json({ is_success: wasLinked });
  },
};

function view(
  { context }: HandlerContext,
  { identity, linked_account }: UserRecord,
): Record<string, unknown> {
  const { email, third_party_internal_id } = identity;
  const own = [email, third_party_internal_id, linked_account?.linked_at ?? ""];
  return {
    _id: derivedId(context.createDigest(), "account", ...own),
    user_id: linked_account?.user_id ?? null,
    ehr_provider: "sandbox",
    ehr_email: email,
    ehr_user_id: third_party_internal_id,
    deleted_at: null,
    created_at: linked_account?.linked_at ?? null,
    updated_at: linked_account?.linked_at ?? null,
  };
}
