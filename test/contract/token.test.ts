import { describe, expect, it } from "vitest";
import { counter, targets } from "./targets.ts";

describe("a token from Prism", () => {
  it("is exchanged once for many calls, as it is good until 2099", async () => {
    const { sent, middleware } = counter();
    await using target = await targets["Prism's mock"]({ middleware: [middleware] });
    await Promise.all(Array.from({ length: 20 }, () => target.user.templates.list()));
    for (let call = 0; call < 5; call += 1) await target.user.sessions.create();
    const { expiration_time } = await target.user.token();
    expect(expiration_time).toBe("2099-01-01T00:00:00.000Z");
    expect(Object.fromEntries(sent)).toEqual({ getJwt: 1, listTemplates: 20, createSession: 5 });
  });
});

describe("a streamed answer from Prism", () => {
  it("is read as objects, as pieces of text and as one text, all of them the same", async () => {
    await using target = await targets["Prism's mock"]();
    const ask = (): ReturnType<typeof target.user.askHeidi.ask> =>
      target.user.askHeidi.ask("271828182845904523536028747135266249775", {
        ai_command_text: "Summarise",
        content: "",
        content_type: "MARKDOWN",
      });
    const pieces = "The patient has had a dry cough for three days.".split(/(?<= )/);
    expect(await ask().toArray()).toEqual(pieces.map((data) => ({ data })));
    const read: string[] = [];
    for await (const piece of ask().textStream()) read.push(piece);
    expect(read).toEqual(pieces);
    expect(await ask().text()).toBe(pieces.join(""));
  });
});
