const [, , baseUrl, , token] = process.argv;
const response = await fetch(`${baseUrl}/sessions/session-1`, {
  headers: { authorization: `Bearer ${token}` },
});
await response.json();
