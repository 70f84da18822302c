// Every request as it arrived, how many are in flight, and bugs of the simulator itself.
import type { LoggedRequest, MicroshareSimulator } from "./types.ts";

export interface RequestLog {
  readonly requests: LoggedRequest[];
  arrived(request: Omit<LoggedRequest, "status" | "query">): { answered(status: number): void; left(): void };
  connected(): void;
  failed(error: unknown): void;
  readonly bugs: readonly unknown[];
  load(): ReturnType<MicroshareSimulator["load"]>;
}

export function createRequestLog(): RequestLog {
  const requests: LoggedRequest[] = [];
  const bugs: unknown[] = [];
  let [connections, inFlight, mostInFlight] = [0, 0, 0];
  return {
    requests,
    bugs,
    arrived(request) {
      const entry = { ...request, query: new URLSearchParams(request.queryText), status: 0 };
      requests.push(entry);
      inFlight += 1;
      mostInFlight = Math.max(mostInFlight, inFlight);
      let isInFlight = true;
      const left = (): void => {
        if (isInFlight) inFlight -= 1;
        isInFlight = false;
      };
      return {
        left,
        answered(status) {
          entry.status = status;
          left();
        },
      };
    },
    connected: () => {
      connections += 1;
    },
    failed: (error) => bugs.push(error),
    load: () => ({ connections, inFlight, mostInFlight }),
  };
}
