import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { Connection, type Surroundings } from "./connection.ts";
import { ScriptMatcher } from "./matcher.ts";
import type { Answer, Command, ConnectionLog, ServerOptions, Totals } from "./script.ts";

interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

/** The fault server's process: obeys the test that forked it, and ends with it. */
class FaultServer implements Surroundings {
  rules: ScriptMatcher = new ScriptMatcher();
  readonly #open = new Set<Connection>();
  readonly #gates = new Map<string, Gate>();
  #log: ConnectionLog[] = [];
  #peakConnections = 0;
  #tls: TlsServer | undefined;

  obey(command: Command): unknown {
    switch (command.name) {
      case "listen":
        return this.#listen(command.options);
      case "script":
        return this.rules.replace(command.rules);
      case "open":
        return this.#gateOf(command.gate).open();
      case "log":
        return this.#log;
      case "totals":
        return this.#totals();
      case "reset":
        return this.#reset();
    }
  }

  gate(name: string): Promise<void> {
    return this.#gateOf(name).opened;
  }

  #listen({ host = "127.0.0.1", tls, token }: ServerOptions): Promise<number> {
    this.rules = new ScriptMatcher(token);
    if (tls !== undefined) this.#tls = createTlsServer(tls);
    // Half-open is allowed, so that a FIN of either side is seen, and logged, on its own.
    const server = createTcpServer({ allowHalfOpen: true, noDelay: true }, (tcp) => this.#accept(tcp));
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, host, () => resolve((server.address() as AddressInfo).port));
    });
  }

  #accept(tcp: Socket): void {
    const steps = this.rules.forConnection();
    if (steps !== undefined || this.#tls === undefined) {
      this.#track(tcp, tcp).run(steps ?? []);
      return;
    }
    const failed = (error: NodeJS.ErrnoException, socket: Socket): void => {
      if (socket.remotePort === tcp.remotePort)
        this.#track(tcp, tcp).log.tlsFault = error.code ?? error.message;
    };
    const secured = (socket: Socket): void => {
      if (socket.remotePort !== tcp.remotePort) return;
      done();
      this.#track(socket, tcp);
    };
    const done = (): void => {
      this.#tls?.off("tlsClientError", failed).off("secureConnection", secured);
    };
    this.#tls.on("tlsClientError", failed).on("secureConnection", secured);
    tcp.once("close", done).on("error", () => {});
    this.#tls.emit("connection", tcp);
  }

  #track(socket: Socket, tcp: Socket): Connection {
    const connection = new Connection(this.#log.length, socket, tcp, this);
    this.#log.push(connection.log);
    this.#open.add(connection);
    this.#peakConnections = Math.max(this.#peakConnections, this.#open.size);
    socket.once("close", () => this.#open.delete(connection));
    return connection;
  }

  #totals(): Totals {
    const sum = (of: (log: ConnectionLog) => number): number =>
      this.#log.reduce((total, log) => total + of(log), 0);
    return {
      connections: this.#log.length,
      openConnections: this.#log.filter((log) => log.closedAtMs === undefined).length,
      peakConnections: this.#peakConnections,
      requests: sum((log) => log.requests.length),
      receivedBytes: sum((log) => log.receivedBytes),
    };
  }

  #reset(): void {
    for (const connection of this.#open) connection.destroy();
    this.#open.clear();
    this.#gates.clear();
    this.#log = [];
    this.#peakConnections = 0;
    this.rules = new ScriptMatcher(this.rules.token);
  }

  #gateOf(name: string): Gate {
    const known = this.#gates.get(name);
    if (known !== undefined) return known;
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const gate = { opened, open };
    this.#gates.set(name, gate);
    return gate;
  }
}

const server = new FaultServer();

process.on("disconnect", () => process.exit(0));
process.on("message", (command: Command) => void answer(command));

async function answer(command: Command): Promise<void> {
  const { id } = command;
  const reply: Answer = await Promise.resolve()
    .then(() => server.obey(command))
    .then(
      (value) => ({ id, value }),
      (error: unknown) => ({ id, failure: String(error) }),
    );
  process.send?.(reply);
}
