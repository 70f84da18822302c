// Records that are pushed as well as polled: most at once, some late, again, at the same moment, or never.
import { BridgeError } from "../../src/errors.ts";
import { pushPermission } from "../../src/pipeline/push-permission.ts";
import { pushRecords } from "../../src/pipeline/push.ts";
import { createChance, type Chance } from "./chance.ts";
import { clockError, count, type Life } from "./life.ts";
import { portsOf, type ProcessPorts } from "./ports.ts";
import { textOf } from "./text-of.ts";
import type { Process } from "./scheduler.ts";
import { HOUR, MINUTE, type WorldRecord } from "./world.ts";

/** When records are pushed at all; polling knows of it from its settings, a receiver from the state alone. */
export interface PushShape {
  readonly from: number;
  readonly to: number;
}

/** In some lives, from some hour on; in some of these it is switched off again. */
export function pushShape(seed: number, hours: number, wanted?: boolean): PushShape | undefined {
  const chance = createChance(seed ^ 0x9d5);
  const happens = chance.happens(LIVES_WITH_PUSH);
  if (!(wanted ?? happens)) return undefined;
  const from = chance.happens(0.5) ? 0 : chance.between(0, hours - 2) * HOUR;
  const to = chance.happens(0.3) ? from + chance.between(1, hours) * HOUR : Number.POSITIVE_INFINITY;
  return { from, to };
}

const LIVES_WITH_PUSH = 0.08;
const RECEIVERS = 2;

interface Receiver {
  readonly process: Process;
  readonly ports: ProcessPorts;
  readonly mayPushFrom: (route: string) => Promise<number | undefined>;
  readonly now: () => number;
}

/** Plans every push of a life; resolves nothing, as pushes come whether anybody waits or not. */
export function planPushes(life: Life): { readonly processes: () => readonly Process[] } {
  const { world } = life;
  const { fate, nature, scheduler } = world;
  const receivers: (Receiver | undefined)[] = Array.from({ length: RECEIVERS });
  let started = 0;

  function receiver(place: number): Receiver {
    const known = receivers[place];
    if (known?.process.alive === true) return known;
    started += 1;
    const process = scheduler.startProcess(`receiver ${started}`);
    const ports = portsOf(world, process, { skewMs: () => 0 });
    const chance = fate.of(`${process.name} clock`);
    const wrong = world.faults && fate.strikes(`${process.name} has a wrong clock`, 0.3);
    const skewMs = wrong ? clockError(chance) : 0;
    const { store } = ports;
    const mayPushFrom = pushPermission({ store, monotonicNow: () => scheduler.now });
    const opened = { process, ports, mayPushFrom, now: () => scheduler.now + skewMs };
    receivers[place] = opened;
    return opened;
  }

  async function push(records: readonly WorldRecord[], name: string, tries: number): Promise<void> {
    const chance = fate.of(name);
    const { process, ports, mayPushFrom, now } = receiver(chance.between(0, RECEIVERS - 1));
    const again = (): void => {
      if (tries > 1 && chance.happens(0.7)) {
        scheduler.after(nature, chance.between(100, 2 * MINUTE), () => void push(records, name, tries - 1));
      }
    };
    const owner = `${name} try ${tries} at ${process.name}`;
    for (const [index, place] of world.places.entries()) {
      const sink = ports.sinks[index];
      if (!place.readable || sink === undefined) continue;
      try {
        const result = await pushRecords(
          { name: place.route, feed: "simulated", sink: life.shape.spoil?.(sink) ?? sink, updates: "forward" },
          records,
          {
            claims: ports.claims,
            mayPushFrom,
            now,
            monotonicNow: () => scheduler.now,
            owner,
            signal: life.openSignal,
          },
        );
        const { forwarded, repeated, leftToPoll, failure } = result;
        world.note(`${owner}: forwarded ${forwarded}, repeated ${repeated}, left ${leftToPoll} ${failure?.code ?? ""}`);
        if (forwarded > 0) count(life, "pushed");
        if (repeated > 0) count(life, "push repeated");
        if (leftToPoll > 0) count(life, "push left to polling");
        if (failure !== undefined) count(life, "push failed");
        const inHub = new Set(place.hub.partitions.flat().map(({ event }) => event.eventId));
        const there = records.filter(({ eventId }) => inHub.has(eventId)).length;
        if (there < forwarded) life.violations.push(`push: ${owner} says that ${forwarded} arrived, ${there} did`);
        if (failure === undefined && forwarded + repeated + leftToPoll !== records.length) {
          life.violations.push(`push: ${owner}: the counts do not add up`);
        }
        if (failure !== undefined) again();
      } catch (error) {
        if (!(error instanceof BridgeError)) life.violations.push(`bug: ${owner} threw ${textOf(error)}`);
        else again();
      }
    }
  }

  const inOrder = world.records.toSorted((one, other) => one.time - other.time);
  for (let at = 0, number = 1; at < inOrder.length; number += 1) {
    const name = `push ${number}`;
    const chance = fate.of(name);
    const records = inOrder.slice(at, at + chance.between(1, 4));
    at += records.length;
    if (!fate.strikes(name, 0.85)) continue;
    for (const dueAt of timesOf(chance, Math.max(...records.map(({ time }) => time)))) {
      const some = chance.happens(0.8) ? records : records.slice(0, 1);
      scheduler.after(nature, dueAt, () => void push(some, name, 3));
    }
  }
  return { processes: () => receivers.flatMap((one) => one?.process ?? []) };
}

/** At once mostly; else late, also by so much that polling has it long since; some again, at times at the same moment. */
function timesOf(chance: Chance, time: number): readonly number[] {
  const first = time + (chance.happens(0.75) ? chance.between(0, 2000) : chance.between(0, 40 * MINUTE));
  if (chance.happens(0.7)) return [first];
  const second = chance.happens(0.4) ? first : first + chance.between(0, 20 * MINUTE);
  return chance.happens(0.7) ? [first, second] : [first, second, first + chance.between(0, 90 * MINUTE)];
}
