// Which buildings, rooms, sensors and doors a fleet has.
import { keyOf } from "./prng.ts";

export interface FleetLayout {
  readonly buildings: readonly Building[];
}

export interface Building {
  readonly name: string;
  readonly rooms: readonly Room[];
  readonly lobby: Lobby;
}

export interface Room {
  /** Building, floor, room. */
  readonly place: readonly string[];
  readonly key: number;
  readonly sensors: readonly Sensor[];
}

export interface Lobby {
  /** Building, floor, room: what a people-counter aggregate stands for. */
  readonly place: readonly string[];
  readonly key: number;
  readonly doors: readonly Sensor[];
}

/** A device with its own random key. */
export interface Sensor {
  readonly id: string;
  /** Location path of the device; its last entry may be empty. */
  readonly place: readonly string[];
  readonly key: number;
}

// Quotes and accents on purpose: they must survive view parameters.
const buildingNames = ["North Tower", "South Annex", 'Café "Le Quai"', "Halle Süd", "West Wing"];

export function layOutFleet(
  seed: number,
  size: { buildings: number; roomsPerBuilding: number; devicesPerRoom: number },
): FleetLayout {
  const buildings = Array.from({ length: size.buildings }, (_, building): Building => {
    const round = Math.floor(building / buildingNames.length);
    const name = `${buildingNames[building % buildingNames.length] ?? ""}${round === 0 ? "" : ` ${round + 1}`}`;
    const rooms = Array.from({ length: size.roomsPerBuilding }, (_unused, room) =>
      layOutRoom(seed, { name, building, room, devices: size.devicesPerRoom }),
    );
    return { name, rooms, lobby: layOutLobby(seed, name, building) };
  });
  return { buildings };
}

function layOutRoom(seed: number, at: { name: string; building: number; room: number; devices: number }): Room {
  const floor = Math.floor(at.room / 4) + 1;
  const place = [at.name, `Floor ${floor}`, `Room ${floor}${String((at.room % 4) + 1).padStart(2, "0")}`];
  const sensors = Array.from({ length: at.devices }, (_, device): Sensor => {
    const id = deviceId(1, at.building, at.room, device);
    // A sensor of the whole room has an empty last entry, as in real clusters.
    return { id, place: [...place, device === 0 ? "" : `Seat ${device}`], key: keyOf(seed, id) };
  });
  return { place, key: keyOf(seed, ...place), sensors };
}

function layOutLobby(seed: number, name: string, building: number): Lobby {
  const place = [name, "Ground Floor", "Lobby"];
  const doors = ["Door West", "Door East"].map((door, index): Sensor => {
    const id = deviceId(2, building, 0, index);
    return { id, place: [...place, door], key: keyOf(seed, id) };
  });
  return { place, key: keyOf(seed, ...place), doors };
}

/** A dashed upper-case EUI. */
function deviceId(kind: number, building: number, room: number, device: number): string {
  const bytes = [0xa1, 0xb2, kind, building, room >> 8, room, device >> 8, device];
  return bytes.map((byte) => (byte & 0xff).toString(16).toUpperCase().padStart(2, "0")).join("-");
}
