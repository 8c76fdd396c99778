import { MeasuredProcess, type Sample } from "./child-process.ts";

export interface Server {
  readonly baseUrl: string;
  readonly port: number;
  /** Returns the counters of the server. */
  counts(): Promise<Sample>;
}

/** Runs `use` with a server in its own process. */
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
