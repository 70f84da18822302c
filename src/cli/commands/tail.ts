// bridge tail: follows the events in the hub.
import type { AddCommand } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printable } from "../print/printable.ts";
import type { Style } from "../print/style.ts";
import { timeText } from "../print/times.ts";
import type { Session } from "../session.ts";
import type { EventFilter, ShownEvent } from "../tailed-event.ts";
import { countOf, WrongUse } from "../wrong-use.ts";

interface TailWords {
  readonly feed?: string;
  readonly type?: string;
  readonly device?: string;
  readonly since?: string;
  readonly sink?: string;
  readonly hub?: string;
  readonly consumerGroup?: string;
  readonly count?: string;
  readonly body: string;
}

export const addTail: AddCommand = (program, act) => {
  program
    .command("tail")
    .description("follows the events in the hub, from now on or from an earlier time, until Ctrl-C")
    .option("--feed <name>", "events of this feed only")
    .option("--type <recType>", "events of this record type only")
    .option("--device <id>", "events with this device or place in their body only")
    .option("--since <time>", "from an ISO 8601 time with a zone, or so long ago (PT2H)")
    .option("--sink <name>", "the sink, where several are event hubs")
    .option("--hub <name>", "the hub, for a sink with a hub per record type")
    .option("--consumer-group <name>", "the consumer group to read in (default: the sink's own)")
    .option("--count <count>", "end after so many events")
    .option("--body <characters>", "how much of each body is shown", "200")
    .addHelpText("after", ABOUT)
    .action(act<TailWords>(tail));
};

const ABOUT = `
It reads beside all other readers and takes nothing from them. A hub lets five readers read a partition in one consumer
group: name another group where that is too tight. It needs the right to listen.`;

async function tail(session: Session, words: TailWords): Promise<ExitCode> {
  const most = words.count === undefined ? Infinity : countOf("--count", words.count, 1, 1_000_000);
  const characters = countOf("--body", words.body, 0, 1_000_000);
  const { loadSettings } = await import("../../config/load-settings.ts");
  const { settingsError } = await import("../../config/problems.ts");
  const { openTail } = await import("../../open-tail.ts");
  const { passes, showEvent } = await import("../tailed-event.ts");
  const loaded = loadSettings(session.environment(), session.readFiles());
  if (loaded.kind === "invalid") throw settingsError(loaded.problems);
  const since = words.since === undefined ? undefined : await instantBefore(words.since, session);
  const done = new AbortController();
  const { feed, type, device, sink, hub, consumerGroup } = words;
  const filter: EventFilter = {
    ...(feed === undefined ? {} : { feed }),
    ...(type === undefined ? {} : { recType: type }),
    ...(device === undefined ? {} : { device }),
  };
  let shown = 0;
  await openTail(loaded.settings, session.environment(), {
    ...(sink === undefined ? {} : { sink }),
    ...(hub === undefined ? {} : { hub }),
    ...(consumerGroup === undefined ? {} : { consumerGroup }),
    ...(since === undefined ? {} : { since }),
    signal: AbortSignal.any([session.interrupted(), done.signal]),
    onReady: () => session.note("Following. Ctrl-C ends it."),
    onEvents(partition, events) {
      for (const event of events) {
        if (shown >= most || !passes(event, filter)) continue;
        shown += 1;
        const one = showEvent(partition, event, characters);
        session.line(one, () => eventText(one, session.style));
      }
      if (shown >= most) done.abort();
    },
  });
  return EXIT.good;
}

async function instantBefore(text: string, session: Session): Promise<number> {
  const { parseStartFrom, startAt } = await import("../../config/start-from.ts");
  const parsed = parseStartFrom(text);
  if (parsed.kind === "invalid") {
    throw new WrongUse(`--since ${parsed.problem}`, "Write it like 2026-03-01T08:00:00Z, or PT2H for two hours ago.");
  }
  return startAt(parsed.startFrom, (session.world.time?.now ?? Date.now)());
}

function eventText(event: ShownEvent, style: Style): string {
  const { properties, bytes, body, bodyTruncated } = event;
  const facts = ["feed", "recType", "recordKey"].map((name) => textOf(properties[name]));
  const head = `${timeText(Date.parse(event.enqueued))}  ${printable(facts.join("  "))}`;
  const late = properties["late"] === true ? style("warning", "  late") : "";
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const line = style("dim", `${event.partition}/${event.sequence}  ${bytes} bytes`);
  return `${head}${late}  ${line}${text === "" ? "" : `\n  ${printable(text)}${bodyTruncated === true ? "..." : ""}`}`;
}

/** Other writers may put anything there. */
function textOf(property: unknown): string {
  return typeof property === "string" ? property : property === undefined ? "-" : JSON.stringify(property);
}
