// Finds the locations of a dashboard: the first level of the places of a device cluster's devices.
import { BridgeError } from "../errors.ts";
import type { MicroshareApi } from "./api.ts";
import type { DeviceCluster } from "./feed-options.ts";
import { textsAt, valueAt } from "./json-value.ts";
import { parseJson } from "./parse-json.ts";
import { percentEncode } from "./query-string.ts";

/**
 * Each location once, in the order found. Only names leave this function: a cluster also holds tokens and radio keys.
 * Throws `RESPONSE_UNREADABLE` for an answer that is no cluster, `RIGHTS_FILTERED` when the cluster is counted and not
 * shown, `NOT_FOUND` when there is no cluster, or no location in it: an empty list would look like a quiet feed.
 */
export async function findLocations(
  api: MicroshareApi,
  feed: string,
  cluster: DeviceCluster,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const what = `Feed "${feed}", device cluster ${cluster.recType}/${cluster.id}`;
  const path = `/device/${percentEncode(cluster.recType)}/${percentEncode(cluster.id)}`;
  const answer = parseJson(await clusterOr404(api, path, { signal, feed }, what), what);
  const clusters = valueAt(answer, "objs");
  if (!Array.isArray(clusters)) throw problem("RESPONSE_UNREADABLE", `${what}: the answer is no device cluster`);
  if (clusters.length === 0) {
    const counted = Number(valueAt(answer, "meta", "totalCount") ?? 0) > 0;
    throw counted
      ? problem("RIGHTS_FILTERED", `${what}: it exists and is not shown to this account`)
      : problem("NOT_FOUND", `${what}: there is no such cluster`);
  }
  const devices: readonly unknown[] = clusters.flatMap((one): readonly unknown[] => {
    const found = valueAt(one, "data", "devices");
    return Array.isArray(found) ? found : [];
  });
  const names = devices.map((device) => textsAt(device, "meta", "location")?.[0]?.trim() ?? "");
  const locations = [...new Set(names)].filter((name) => name !== "");
  if (locations.length === 0)
    throw problem("NOT_FOUND", `${what}: none of its ${devices.length} devices has a location`);
  return locations;
}

/** The API's own 404 names the feed's view; here it is the cluster that is not there. */
async function clusterOr404(
  api: MicroshareApi,
  path: string,
  options: Parameters<MicroshareApi["get"]>[2],
  what: string,
): ReturnType<MicroshareApi["get"]> {
  try {
    return await api.get(path, [["details", "true"]], options);
  } catch (error) {
    if (!(error instanceof BridgeError) || error.code !== "NOT_FOUND") throw error;
    throw problem("NOT_FOUND", `${what}: there is no such cluster`);
  }
}

function problem(code: "RESPONSE_UNREADABLE" | "RIGHTS_FILTERED" | "NOT_FOUND", message: string): BridgeError {
  return new BridgeError(code, message, {
    fix:
      "Check MICROSHARE_DEVICE_CLUSTER: the cluster's source type (it ends in packed), a slash, and its id, readable for " +
      "this account. Or name the locations in MICROSHARE_LOCATIONS.",
  });
}
