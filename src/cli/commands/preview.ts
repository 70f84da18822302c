// bridge preview: what a feed holds in a window, what would be sent of it, and why the rest would not.
import type { PreviewReport, PreviewRequest } from "../../operations/preview.ts";
import type { AddCommand } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printable } from "../print/printable.ts";
import type { Style } from "../print/style.ts";
import { table } from "../print/table.ts";
import { timeText } from "../print/times.ts";
import type { Session } from "../session.ts";
import { countOf, instantOf, WrongUse } from "../wrong-use.ts";

interface PreviewOptions {
  readonly feed?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: string;
}

export const addPreview: AddCommand = (program, act) => {
  program
    .command("preview")
    .description("reads a window of a feed and shows what would be sent and what not, and why; sends and saves nothing")
    .option("--feed <name>", "the feed; may be left out where there is one only")
    .option("--from <time>", "begin of the window, ISO 8601 with a zone (default: an hour before its end)")
    .option("--to <time>", "end of the window (default: what the settle delay leaves to the next run)")
    .option("--limit <count>", "records shown one by one; all are counted", "20")
    .action(act<PreviewOptions>(preview));
};

async function preview(session: Session, { feed, from, to, limit }: PreviewOptions): Promise<ExitCode> {
  const window = windowOf(from, to);
  const request: PreviewRequest = {
    ...(feed === undefined ? {} : { feed }),
    ...(window === undefined ? {} : { window }),
    most: countOf("--limit", limit, 0, 100_000),
  };
  const report = await session.withOperations("preview", (operations) =>
    operations.preview(request, (read) => session.progress.show(`${read} records read`)),
  );
  session.answer(report, () => previewText(report, session.style));
  return EXIT.good;
}

function windowOf(from: string | undefined, to: string | undefined): PreviewRequest["window"] {
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined || to === undefined) {
    throw new WrongUse("a window has a begin and an end", "Give both --from and --to, or none of them.");
  }
  const window = { from: instantOf("--from", from), to: instantOf("--to", to) };
  if (window.from >= window.to) throw new WrongUse("the window is empty", "Give a --to that is later than --from.");
  return window;
}

function previewText(report: PreviewReport, style: Style): string {
  const { feed, from, to, records, more, filtered, hidden, routes, warnings } = report;
  const names = routes.map(({ route }) => route);
  const head = ["TIME", "RECORD", "DEVICE", "BYTES", ...names.map(printable)];
  const rows = records.map((record) => [
    timeText(record.time === undefined ? undefined : Date.parse(record.time)),
    printable(record.key ?? "-"),
    printable(record.device ?? "-"),
    String(record.bytes),
    ...names.map((name) => fateText(record.fates[name] ?? "-", record.reason, style)),
  ]);
  const lines = [
    `${style("strong", printable(feed))}: ${timeText(Date.parse(from))} to ${timeText(Date.parse(to))}`,
    "",
  ];
  if (rows.length > 0)
    lines.push(
      table(
        head.map((title) => style("strong", title)),
        rows,
        { rightAligned: [3] },
      ),
    );
  if (more > 0) lines.push(style("dim", `and ${more} more`));
  for (const { route, counts, sizesChecked } of routes) {
    const parts = Object.entries(counts).map(([fate, count]) => `${count} ${fate}`);
    lines.push("", `${style("strong", printable(route))}: ${parts.join("; ") || "no records"}`);
    if (!sizesChecked) lines.push("  sizes cannot be checked without sending for this kind of sink");
  }
  if (filtered > 0) lines.push(`${filtered} left out by the owner filter or the data context`);
  if (hidden > 0) lines.push(`${hidden} counted by the API and not shown to this account`);
  for (const { code, message, fix } of warnings) {
    lines.push("", `${style("warning", code)}: ${printable(message)}`, `${style("strong", "Fix")}: ${printable(fix)}`);
  }
  lines.push("", style("dim", "Nothing was sent, nothing was saved."));
  return lines.join("\n");
}

function fateText(fate: string, reason: string | undefined, style: Style): string {
  const tone = fate === "would be sent" ? "good" : fate === "already delivered" ? "dim" : "warning";
  const why = reason === undefined || tone !== "warning" ? "" : ` (${printable(reason)})`;
  return style(tone, `${fate}${why}`);
}
