// bridge run: the whole app as one process, for a machine, a container or a cluster.
import type { AddCommand } from "../command.ts";

export interface RunOptions {
  readonly address: string;
  readonly port: string;
}

export const addRun: AddCommand = (program, act) => {
  program
    .command("run")
    .description("the whole app as one process, without the Functions host, until it is told to end")
    .option("--address <address>", "where it listens; 0.0.0.0 for all networks of a container", "127.0.0.1")
    .option("--port <port>", "of what it serves over HTTP; 0 takes a free one", "8080")
    .addHelpText("after", RULES)
    .action(
      act<RunOptions>(async (session, options) => {
        const { run } = await import("../running.ts");
        return run(session, options);
      }),
    );
};

const RULES = `
The timers fire by POLL_SCHEDULE as in Azure: one run for all that were missed, again after a crash, and never two at
once, however many processes share the storage account. GET /api/live says that the process is there.

At Ctrl-C, SIGTERM or SIGINT it takes no new request, reads no more, sends and saves what it has read, and ends; give it
30 seconds. A second signal ends it at once, which loses and repeats nothing either.`;
