// The network of the demo's bridge: trusts certificates of stand-ins, and leads addresses of Azure to them.
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from "undici";

export interface Network {
  /** From here on for the whole process. @param certificate PEM. */
  trust(certificate: string): void;
  /** Requests to one origin go to the other. */
  lead(from: string, to: string): void;
  /** Puts back what was there. */
  close(): Promise<void>;
}

export function openNetwork(): Network {
  const before = getGlobalDispatcher();
  const agents: Agent[] = [];
  const ways = new Map<string, string>();
  const certificates: string[] = [];

  function use(): void {
    const agent = new Agent({ connect: { ca: certificates } });
    agents.push(agent);
    setGlobalDispatcher(
      agent.compose((dispatch) => (options, handler) => {
        const origin = ways.get(String(options.origin));
        return dispatch(origin === undefined ? options : { ...options, origin }, handler);
      }),
    );
  }

  use();
  return {
    trust(certificate) {
      certificates.push(certificate);
      use();
    },
    lead: (from, to) => void ways.set(from, to),
    async close() {
      setGlobalDispatcher(before);
      await Promise.all(agents.map((agent) => agent.destroy()));
    },
  };
}
