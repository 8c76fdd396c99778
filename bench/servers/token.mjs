const encode = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");

/** Creates a JWT of typical length; `user` is its subject. */
export function createToken(user = "ehr-42") {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const head = encode({ alg: "HS256", typ: "JWT" });
  return `${head}.${encode({ sub: user, scope: "ml-scribe", exp })}.${"s".repeat(43)}`;
}

export function tokenAnswer(user) {
  return JSON.stringify({
    token: createToken(user),
    expiration_time: new Date(Date.now() + 3_600_000).toISOString(),
  });
}
