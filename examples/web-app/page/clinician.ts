import { Heidi, type HeidiUser } from "heidi-health-sdk";

/** Returns the signed-in clinician. The token comes from the server, which has the API key. */
export async function connect(): Promise<HeidiUser> {
  const { baseUrl, region } = await (await fetch("/config")).json();
  const getToken = (): Promise<{ token: string; expiration_time: string }> =>
    fetch("/heidi-token", { method: "POST" }).then((response) => response.json());
  return Heidi.withToken(getToken, { baseUrl, region });
}
