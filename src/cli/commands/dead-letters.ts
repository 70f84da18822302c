// bridge dead-letters list, show, replay and drop: the records that no sink took.
import { BridgeError } from "../../errors.ts";
import type { ListedLetter } from "../../operations/by-hand/letters.ts";
import { yesOption, type AddCommand } from "../command.ts";
import { confirmed, handOf, notConfirmed, type ChangeOptions } from "../confirmed.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { failureText, plainFailure } from "../print/failure.ts";
import { printable } from "../print/printable.ts";
import { table } from "../print/table.ts";
import type { Session } from "../session.ts";
import { WrongUse } from "../wrong-use.ts";

interface RouteOptions {
  readonly route?: string;
}

interface ShowOptions extends RouteOptions {
  readonly raw?: boolean;
}

interface DropOptions extends RouteOptions, ChangeOptions {
  readonly reason: string;
}

interface ReplayOptions extends ChangeOptions {
  readonly route: string;
}

export const addDeadLetters: AddCommand = (program, act) => {
  const letters = program.command("dead-letters").description("the records that no sink took");
  letters
    .command("list")
    .description("all of them, with reason, size and time")
    .option("--route <route>", "only of this route")
    .action(act<RouteOptions>(list));
  letters
    .command("show")
    .description("one of them, with the beginning of its body")
    .argument("<id>", "its event id")
    .option("--route <route>", "of this route, where several have it")
    .option("--raw", "the whole body and nothing else, byte for byte")
    .action(act<ShowOptions>(show));
  letters
    .command("replay")
    .description("sends those of a route once more, under the same event ids")
    .requiredOption("--route <route>", "for example default@event-hub")
    .addOption(yesOption())
    .action(act<ReplayOptions>(replay));
  letters
    .command("drop")
    .description("removes them for good; who did it and why stays in the run history")
    .argument("<id...>", "their event ids")
    .requiredOption("--reason <text>", "why these records are not needed")
    .option("--route <route>", "of this route, where several have them")
    .addOption(yesOption())
    .action(act<DropOptions>(drop));
};

async function list(session: Session, { route }: RouteOptions): Promise<ExitCode> {
  const letters = await session.withOperations("dead-letters list", async (operations) =>
    (await operations.byHand()).letters(route),
  );
  session.answer({ letters }, () => (letters.length === 0 ? "There are no dead letters." : listText(letters)));
  return EXIT.good;
}

function listText(letters: readonly ListedLetter[]): string {
  const rows = letters.map(({ eventId, route, at, bytes, recType = "-", reason }) =>
    [eventId, route, at, String(bytes), recType, reason].map((cell) => printable(cell)),
  );
  return table(["event id", "route", "noted", "bytes", "type", "reason"], rows, { rightAligned: [3] });
}

async function show(session: Session, { route, raw }: ShowOptions, args: readonly string[]): Promise<ExitCode> {
  const [eventId = ""] = args;
  const letter = await session.withOperations("dead-letters show", async (operations) =>
    (await operations.byHand()).letter(eventId, route),
  );
  if (letter === undefined) throw unknown([eventId]);
  const { body, ...facts } = letter;
  if (raw === true && body !== undefined && !session.json) {
    session.world.stdout.write(Buffer.from(body).toString("utf8"));
    return EXIT.good;
  }
  const text = body === undefined ? undefined : beginning(body, raw === true ? body.byteLength : MOST_BYTES);
  session.answer({ ...facts, ...(text === undefined ? {} : { body: text }) }, () =>
    [
      ...Object.entries(facts).map(([name, value]) => `${name}: ${printable(String(value))}`),
      "",
      text === undefined ? "Its body is gone from the container." : printable(text),
    ].join("\n"),
  );
  return EXIT.good;
}

/** Of the body: enough to see what it is, and little enough for a terminal. */
const MOST_BYTES = 4096;

function beginning(body: Uint8Array, most: number): string {
  const text = Buffer.from(body.subarray(0, most)).toString("utf8");
  return body.byteLength > most ? `${text}\n... ${body.byteLength - most} more bytes: --raw shows all` : text;
}

async function replay(session: Session, options: ReplayOptions): Promise<ExitCode> {
  const { route } = options;
  return session.withOperations("dead-letters replay", async (operations) => {
    const count = (await (await operations.byHand()).letters(route)).length;
    const says = [`${count} dead letters of ${route} will be sent once more. What the sink takes now is removed here.`];
    if (!(await confirmed(session, options, says, "Send them?"))) return notConfirmed(session, { route, count });
    const outcome = await operations.replayDeadLetters(route);
    const { kind, warnings, ...facts } = outcome;
    const failed = outcome.kind === "blocked" ? { error: plainFailure(outcome.error) } : {};
    session.answer({ ...facts, outcome: kind, warnings: warnings.map(plainFailure), ...failed }, () => {
      const { found, delivered, alreadyDelivered, refused, unsendable, left } = facts;
      const counts = `${kind}: of ${found} dead letters ${delivered} delivered, ${alreadyDelivered} had arrived before, ${refused} refused again, ${unsendable} cannot be sent, ${left} left`;
      const kept = facts.kept.map(({ eventId, reason }) => `  ${eventId}: ${printable(reason)}`);
      const told = [...warnings, ...(outcome.kind === "blocked" ? [outcome.error] : [])];
      return [counts, ...kept, ...told.map((one) => failureText(one, session.style))].join("\n");
    });
    return kind === "done" ? EXIT.good : EXIT.failed;
  });
}

async function drop(session: Session, options: DropOptions, args: readonly string[]): Promise<ExitCode> {
  const { route, reason } = options;
  if (reason.trim() === "") throw new WrongUse("--reason is empty", "Say why these records are not needed.");
  return session.withOperations("dead-letters drop", async (operations) => {
    const hands = await operations.byHand();
    const wanted = new Set(args);
    const letters = (await hands.letters(route)).filter(({ eventId }) => wanted.has(eventId));
    const found = new Set(letters.map(({ eventId }) => eventId));
    const missing = [...wanted].filter((eventId) => !found.has(eventId));
    if (missing.length > 0) throw unknown(missing);
    const says = ["These dead letters will be removed for good, bodies and all:", listText(letters)];
    const eventIds = letters.map(({ eventId }) => eventId);
    if (!(await confirmed(session, options, says, "Remove them?"))) return notConfirmed(session, { eventIds });
    const dropped = await hands.dropLetters(letters, reason, handOf(session));
    const busy = dropped.filter(({ kind }) => kind === "elsewhere").length;
    session.answer({ letters: dropped }, () =>
      [
        `${dropped.length - busy} dead letters removed.`,
        ...(busy === 0
          ? []
          : [`${busy} stay: a run or a replay is at work on their route. Try again when it has ended.`]),
      ].join("\n"),
    );
    return busy === 0 ? EXIT.good : EXIT.failed;
  });
}

function unknown(eventIds: readonly string[]): BridgeError {
  return new BridgeError("DEAD_LETTER_UNKNOWN", `There is no dead letter ${eventIds.join(", ")}`, {
    fix: "Name event ids as bridge dead-letters list shows them; nothing was changed.",
  });
}
