import axios from "axios";

const [, , baseUrl, , token] = process.argv;
await axios.get(`${baseUrl}/sessions/session-1`, { headers: { authorization: `Bearer ${token}` } });
