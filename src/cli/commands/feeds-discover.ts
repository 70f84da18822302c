// bridge feeds discover: what the account can see, as settings to paste.
import type { Discovery } from "../../operations/discover.ts";
import type { AddCommand } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printable } from "../print/printable.ts";
import type { Style } from "../print/style.ts";
import { table } from "../print/table.ts";
import type { Session } from "../session.ts";

export const addFeedsDiscover: AddCommand = (program, act) => {
  program
    .command("feeds")
    .description("what there is to be polled")
    .command("discover")
    .description("views, record types and places that the account can see, as settings to paste")
    .addHelpText("after", ABOUT)
    .action(act(discover));
};

const ABOUT = `
It reads lists, and one page of each record type. What it prints for FEEDS is right in form; each entry says what a
person has to look at. Values that nobody but the owner of a view knows stand as SET_ME.`;

async function discover(session: Session): Promise<ExitCode> {
  const found = await session.withOperations("feeds discover", (operations) =>
    operations.discover((doing) => session.progress.show(doing)),
  );
  session.answer(found, () => discoveryText(found, session.style));
  return EXIT.good;
}

function discoveryText({ identity, views, clusters, recTypes, feeds, unknown }: Discovery, style: Style): string {
  const heading = (text: string): string => `\n${style("strong", text)}`;
  const head = (...titles: string[]): string[] => titles.map((title) => style("dim", title));
  const lines = [
    identity === undefined ? "The token does not say which identity it acts under." : `Identity ${printable(identity)}`,
    heading("Views"),
    table(
      head("ID", "NAME", "LIMIT", "FILTERS BY", "ASKS FOR"),
      views.map(({ id, name, limit, filtersBy, placeholders, counts }) => [
        printable(id),
        `${printable(name)}${counts === true ? " (counts)" : ""}`,
        String(limit ?? "?"),
        printable(filtersBy ?? "?"),
        placeholders === undefined ? "its query is not shown" : printable(placeholders.join(", ")),
      ]),
      { rightAligned: [2] },
    ),
    heading("Device clusters and places"),
    table(
      head("CLUSTER", "NAME", "DEVICES", "RECORDS GO TO", "PLACES"),
      clusters.map(({ recType, id, name, devices, targetRecType, locations }) => [
        printable(`${recType}/${id}`),
        printable(name),
        String(devices),
        printable(targetRecType ?? "?"),
        printable(locations.join(", ") || "-"),
      ]),
      { rightAligned: [2] },
    ),
    heading("Record types"),
    table(
      head("RECORD TYPE", "RECORDS", "SHOWN TO THIS ACCOUNT"),
      recTypes.map(({ recType, total, readable }) => [
        printable(recType),
        String(total ?? "?"),
        readable ? "yes" : "no",
      ]),
      { rightAligned: [1] },
    ),
    heading("Feeds to choose from"),
    ...feeds.map(({ entry, check }) =>
      [printable(JSON.stringify(entry)), ...check.map((line) => `  - ${printable(line)}`)].join("\n"),
    ),
    heading("FEEDS, all of them"),
    printable(JSON.stringify(feeds.map(({ entry }) => entry))),
    heading("What cannot be known"),
    ...unknown.map((line) => `- ${printable(line)}`),
  ];
  return lines.join("\n");
}
