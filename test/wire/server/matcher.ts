import { createHash } from "node:crypto";
import type { RequestLog, Rule, Step, TokenResponse } from "./script.ts";

const FAR_AWAY = "2099-01-01T00:00:00.000Z";

/** Picks the rule for each connection and request, and has the ordinary answers for where no rule fits. */
export class ScriptMatcher {
  readonly token: TokenResponse;
  #rules: { readonly rule: Rule; skip: number; left: number }[] = [];
  #exchanges = 0;

  constructor(token: TokenResponse = {}) {
    this.token = token;
  }

  replace(rules: readonly Rule[]): void {
    this.#rules = rules.map((rule) => ({
      rule,
      skip: rule.skip ?? 0,
      left: rule.times ?? Number.POSITIVE_INFINITY,
    }));
  }

  forConnection(): readonly Step[] | undefined {
    return this.#pick((rule) => rule.when === "accept")?.steps;
  }

  forRequest(request: RequestLog): Rule {
    return this.#pick((rule) => fits(rule, request)) ?? { steps: this.#ordinary(request) };
  }

  #pick(fitting: (rule: Rule) => boolean): Rule | undefined {
    for (const entry of this.#rules) {
      if (entry.left <= 0 || !fitting(entry.rule)) continue;
      if (entry.skip > 0) {
        entry.skip -= 1;
        continue;
      }
      entry.left -= 1;
      return entry.rule;
    }
    return undefined;
  }

  #ordinary(request: RequestLog): readonly Step[] {
    const [path = "", query = ""] = request.target.split("?");
    if (!path.endsWith("/jwt")) return [{ do: "respond", headers: JSON_TYPE, body: "{}" }];
    this.#exchanges += 1;
    const { lifetimeMs, delayMs } = this.token;
    const expires = lifetimeMs === undefined ? FAR_AWAY : new Date(Date.now() + lifetimeMs).toISOString();
    // The same user gets a different token each time, and no two users can get the same one.
    const user = createHash("sha256").update(query).digest("hex").slice(0, 16);
    const body = JSON.stringify({ token: `jwt-${user}-${this.#exchanges}`, expiration_time: expires });
    const answer: Step = { do: "respond", headers: JSON_TYPE, body };
    return delayMs === undefined ? [answer] : [{ do: "wait", ms: delayMs }, answer];
  }
}

const JSON_TYPE = { "content-type": "application/json" };

function fits(rule: Rule, request: RequestLog): boolean {
  if (rule.when === "accept") return false;
  if (rule.method !== undefined && rule.method !== request.method) return false;
  if (rule.reused !== undefined && rule.reused !== request.index > 0) return false;
  if (rule.path === undefined) return true;
  const [path = ""] = request.target.split("?");
  return rule.path.endsWith("*") ? path.startsWith(rule.path.slice(0, -1)) : path === rule.path;
}
