import Anthropic from "@anthropic-ai/sdk";

const [, , baseUrl, , token] = process.argv;
await new Anthropic({ apiKey: token, baseURL: baseUrl }).models.retrieve("session-1");
