import Stripe from "stripe";
import { jsonClient } from "./load.mjs";

export function create({ port }) {
  const client = new Stripe("sk_test_bench", { host: "127.0.0.1", port, protocol: "http", telemetry: false });
  return jsonClient(() => client.customers.retrieve("session-1"));
}
