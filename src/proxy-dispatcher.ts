// The way through a proxy, where one is set.
import { EnvHttpProxyAgent, type Dispatcher } from "undici";
import type { ProxySettings } from "./config/settings.ts";

export function proxyDispatcher({ proxyUrl, noProxy = "" }: ProxySettings): Dispatcher | undefined {
  return proxyUrl === undefined ? undefined : new EnvHttpProxyAgent({ httpsProxy: proxyUrl, noProxy });
}
