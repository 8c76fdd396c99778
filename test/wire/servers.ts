import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { sendResponse, toNodeHandler } from "heidi-health-sdk/node";
import { Hono } from "hono";
import { afterEach } from "vitest";

export type Handler = (request: Request) => Response | Promise<Response>;

/** How applications answer a request with a `Response`, each in a real server of this process. */
export const FRAMEWORKS: Readonly<Record<string, (handler: Handler) => Promise<RequestListener>>> = {
  "node:http": async (handler) => toNodeHandler(handler),
  Express: async (handler) => express().use(toNodeHandler(handler)),
  "Express with sendResponse": async (handler) =>
    express().use(async (request, response) => {
      const { signal } = new AbortController();
      await sendResponse(response, await handler(new Request(`http://app${request.url}`, { signal })));
    }),
  Fastify: async (handler) => {
    const app = fastify();
    app.addContentTypeParser("*", (_request, _body, done) => done(null));
    app.all("/*", (request, reply) => {
      reply.hijack();
      return toNodeHandler(handler)(request.raw, reply.raw);
    });
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
  "Fastify's own Response": async (handler) => {
    const app = fastify();
    app.all("/*", (request) => handler(new Request(`http://app${request.url}`)));
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
  Hono: async (handler) => {
    const app = new Hono().all("*", (context) => handler(context.req.raw));
    return getRequestListener(app.fetch);
  },
};

const listening: Server[] = [];

/** Ends the servers of each test. */
export function useServers(): void {
  afterEach(() => {
    for (const server of listening.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
}

/** Starts a server and returns its address. */
export async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  listening.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
