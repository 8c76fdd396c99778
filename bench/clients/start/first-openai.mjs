import OpenAI from "openai";

const [, , baseUrl, , token] = process.argv;
await new OpenAI({ apiKey: token, baseURL: baseUrl }).models.retrieve("session-1");
