// Device clusters: where the fleet's devices are, with the secrets that real clusters carry.
import { envelope, notFound, pageOf, pagingOf } from "./answer.ts";
import type { Answer, ApiRequest } from "./answer.ts";
import { commonTags } from "./fleet-data.ts";
import { ownOrg } from "./fleet-streams.ts";
import type { FleetLayout, Sensor } from "./fleet-layout.ts";
import { hexOf } from "./prng.ts";
import { isoText } from "./time-text.ts";
import type { Quirks } from "./types.ts";

export interface Cluster {
  readonly id: string;
  /** The source type (`...packed`). */
  readonly recType: string;
  readonly tags: readonly string[];
  readonly json: string;
}

export function createClusters(
  seed: number,
  layout: FleetLayout,
  createdAt: number,
): { people: Cluster; all: Cluster[] } {
  const doors = layout.buildings.flatMap((building) => building.lobby.doors);
  const sensors = layout.buildings.flatMap((building) => building.rooms.flatMap((room) => room.sensors));
  const people = clusterOf({ seed, kind: "peoplecounter", usecase: "people", devices: doors, createdAt });
  return { people, all: [people, clusterOf({ seed, kind: "motion", usecase: "room", devices: sensors, createdAt })] };
}

/** `GET /device/{recType}`, `/device/*`, `/device/{recType}/{id}`, `/device/{recType}/tags/...`. */
export function answerDevices(
  request: ApiRequest,
  segments: readonly string[],
  clusters: readonly Cluster[],
  quirks: Quirks,
): Answer {
  const [recType = "", second, ...tags] = segments;
  const ofType = clusters.filter((cluster) => recType === "*" || cluster.recType === recType);
  if (second !== undefined && second !== "" && second !== "tags") {
    const cluster = ofType.find((candidate) => candidate.id === second);
    return cluster === undefined ? notFound() : envelope([cluster.json], { page: 1, perPage: 1, total: 1 });
  }
  const wanted = tags.filter((tag) => tag !== "latest");
  const matching = ofType.filter((cluster) => wanted.every((tag) => cluster.tags.includes(tag)));
  const paging = pagingOf(request.query, quirks.perPageCap);
  return envelope(
    pageOf(matching, paging).map((cluster) => cluster.json),
    { ...paging, total: matching.length },
  );
}

function clusterOf(of: {
  seed: number;
  kind: string;
  usecase: string;
  devices: readonly Sensor[];
  createdAt: number;
}): Cluster {
  const recType = `io.microshare.${of.kind}.packed`;
  const id = hexOf(24, of.seed, recType);
  const tags = [...commonTags, of.usecase];
  const spare = { id: "00-00-00-00-00-00-00-00", place: [] };
  const json = JSON.stringify({
    _id: id,
    createDate: isoText(of.createdAt),
    creatorId: "pipeline@example.com",
    data: {
      devices: [...of.devices, spare].map((device) => deviceOf(of.seed, device, of.createdAt)),
      facts: { usecase: of.usecase },
      isActive: true,
      meta: {
        location: tags.join(","),
        type: `com.example.${of.kind}.Decoder`,
        unpacker: `com.example.${of.kind}.Decoder`,
      },
      network: { network: "com.example.network", region: "EU868", version: "v1.0" },
      readAuth: hexOf(64, of.seed, recType, "read"),
      recType,
      targetRecType: recType.replace(".packed", ".unpacked"),
      writeAuth: hexOf(64, of.seed, recType, "write"),
    },
    desc: "",
    id,
    name: `Example | ${of.kind}`,
    owner: { appid: "0A1B2C3D-1111-2222-333344445555AAAA", org: ownOrg, owners: [], user: "pipeline@example.com" },
    recType,
    tags,
    tstamp: of.createdAt,
    updateDate: isoText(of.createdAt),
    updaterId: "pipeline@example.com",
  });
  return { id, recType, tags, json };
}

/** One device has not been installed yet: no place, an id of zeros. */
function deviceOf(seed: number, device: { id: string; place: readonly string[] }, createdAt: number): unknown {
  const installed = device.place.length > 0;
  const coords = { latitude: 48.85, longitude: 2.35 };
  return {
    guid: `00000000-0000-4000-8000-${hexOf(12, seed, device.id, "guid")}`,
    id: device.id,
    meta: {
      location: device.place,
      lora: {
        AppKey: hexOf(32, seed, device.id, "app key").toUpperCase(),
        NwkKey: hexOf(32, seed, device.id, "network key").toUpperCase(),
        JoinEUI: "00-00-00-00-00-00-00-00",
        DevEUI: device.id,
      },
    },
    state: installed ? { updateDate: isoText(createdAt), location: { coords } } : {},
    status: installed ? "active" : "pending",
  };
}
