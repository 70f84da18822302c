// The connections to Microshare: kept open between calls, HTTP/1.1, a lower bound for TLS, through a proxy where one is set.
import { EnvHttpProxyAgent } from "undici";
import type { Dispatcher } from "undici";

export interface TransportOptions {
  /** Requests in flight: undici opens no more connections per host than that, and waits for a busy one instead. */
  readonly concurrency: number;
  readonly minTls: "TLSv1.2" | "TLSv1.3";
  readonly ca?: string;
  readonly proxyUrl?: string;
  readonly noProxy?: string;
}

/** A firewall that drops packets shows as silence; ten seconds are plenty to reach any host. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Server toolkits of this kind close idle connections after 60 s; stay below, and above the time one page takes to send. */
const KEEP_ALIVE_MS = 30_000;

/** The caller closes it with `destroy()`. The environment is not read: an unset proxy means none. */
export function createTransport(options: TransportOptions): Dispatcher {
  const tls = {
    minVersion: options.minTls,
    timeout: CONNECT_TIMEOUT_MS,
    allowH2: false,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  };
  return new EnvHttpProxyAgent({
    httpProxy: "", // plain http is allowed for loopback only, which no proxy can reach
    httpsProxy: options.proxyUrl ?? "",
    noProxy: options.noProxy ?? "",
    allowH2: false,
    connections: options.concurrency,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: tls, // direct connections
    requestTls: tls, // through the proxy's tunnel
    connectTimeout: CONNECT_TIMEOUT_MS, // to the proxy
  });
}
