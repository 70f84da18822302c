// The API of the benchmark as a process of its own.
import { startLeanApi } from "../lean-api.ts";
import type { RecordSet } from "../records.ts";
import { offer } from "../rpc.ts";

const api = await startLeanApi();

const methods = {
  url: () => ({ url: api.url }),
  serve: (sets: readonly RecordSet[], latencyMs: number): void => api.serve(sets, latencyMs),
  calls: () => ({ ...api.calls }),
};
export type ApiMethods = typeof methods;

offer(methods);
