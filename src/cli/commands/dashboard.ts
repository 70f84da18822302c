// bridge dashboard: a page on this machine that shows every route, its runs, dead letters and live events.
import type { AddCommand } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Session } from "../session.ts";
import { countOf } from "../wrong-use.ts";

interface DashboardWords {
  readonly address: string;
  readonly port: string;
  readonly every: string;
}

export const addDashboard: AddCommand = (program, act) => {
  program
    .command("dashboard")
    .description("a page on this machine: every route, its runs, dead letters, partitions and live events")
    .option("--address <address>", "where it listens: an address of this machine alone", "127.0.0.1")
    .option("--port <port>", "0 takes a free one", "0")
    .option("--every <seconds>", "how often the page asks again", "10")
    .addHelpText("after", ABOUT)
    .action(act<DashboardWords>(dashboard));
};

const ABOUT = `
It prints the address of the page, until Ctrl-C. A token in the address, new at each start, keeps out other users of this
machine and other pages of the browser: give the address to nobody. The page reads and changes nothing, and needs no
internet. Live events need the right to listen; they are read only while the page is open.`;

async function dashboard(session: Session, words: DashboardWords): Promise<ExitCode> {
  const { loopbackAddress } = await import("../dashboard/guard.ts");
  const address = loopbackAddress(words.address);
  const port = countOf("--port", words.port, 0, 65_535);
  const everySeconds = countOf("--every", words.every, 1, 3600);
  const { openDashboard } = await import("../dashboard/open-dashboard.ts");
  const signal = session.interrupted();
  return session.withBridge(async (bridge) => {
    const page = await openDashboard(session, bridge, { address, port, everySeconds });
    session.line({ url: page.url }, () => `The dashboard is at ${page.url}\nCtrl-C ends it.`);
    await aborted(signal);
    await page.close();
    return EXIT.good;
  });
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
