// Every measured process loads this first: no client may connect to another host.
import dns from "node:dns";
import net from "node:net";

const isLocal = (host) => host === undefined || /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(String(host));

function refuse(host) {
  throw new Error(`a measured process tried to connect to another host: ${host}`);
}

const { lookup } = dns;
dns.lookup = (host, ...rest) => (isLocal(host) ? lookup(host, ...rest) : refuse(host));

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  const [first] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof first === "object" && first !== null && !isLocal(first.host)) refuse(first.host);
  return connect.apply(this, args);
};
