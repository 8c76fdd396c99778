import { MeasuredProcess, type Sample } from "./child-process.ts";

export interface Server {
  readonly baseUrl: string;
  readonly port: number;
  /** What the server has counted so far. */
  counts(): Promise<Sample>;
}

/** Runs with a server in a process of its own. */
export async function withServer<T>(
  module: string,
  use: (server: Server) => Promise<T>,
  params: object = {},
): Promise<T> {
  const server = await MeasuredProcess.start(module, params);
  try {
    const { port = 0 } = await server.run({});
    return await use({ port, baseUrl: `http://127.0.0.1:${port}`, counts: () => server.run({}) });
  } finally {
    await server.stop();
  }
}
