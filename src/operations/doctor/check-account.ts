// The account, the API's host and the clock: what every feed needs.
import { BridgeError } from "../../errors.ts";
import type { DoctorDeps } from "./doctor.ts";
import type { Checklist } from "./checklist.ts";

/** With the time that API and this host differ, once it is known. */
export async function checkAccount(list: Checklist, deps: DoctorDeps): Promise<void> {
  const { settings, api } = deps.under;
  const { microshare, feeds } = settings;
  await list.run("login", "login and identity", ["settings"], async () => {
    const { identity } = await api.signIn(deps.signal);
    const acts =
      identity === undefined
        ? "the token does not say which identity it acts under"
        : `the token acts under the identity ${identity}`;
    if (microshare.identity !== undefined) return { detail: `${acts}, as MICROSHARE_IDENTITY asks` };
    return {
      detail: acts,
      warnings: [
        {
          message:
            "MICROSHARE_IDENTITY is not set: the token acts under whatever identity was last active in the console",
          fix: `Set MICROSHARE_IDENTITY${identity === undefined ? " to the code of the identity" : ` to ${identity}`}, so that a run under another one stops instead of finding nothing.`,
        },
      ],
    };
  });

  let skewMs: number | undefined;
  await list.run("api", `API host ${new URL(microshare.apiUrl).host}`, ["login"], async () => {
    const [feed] = feeds;
    const path = feed?.kind === "share" ? `/share/${feed.recType}` : `/view/${feed?.viewRecType ?? ""}`;
    const query = [
      ["page", "1"],
      ["perPage", "1"],
      ["details", "false"],
    ] as const;
    const began = deps.now();
    try {
      const answer = await api.get(path, query, { signal: deps.signal, feed: "doctor" });
      // Whole seconds: half of one is what the header leaves out on average.
      if (answer.answeredAt !== undefined) skewMs = answer.receivedAt - answer.answeredAt - 500;
      return { detail: `answered within ${Math.round(deps.now() - began)} ms` };
    } catch (error) {
      // The host is there and talks to us; what it refuses is a matter of each feed.
      if (error instanceof BridgeError && (error.code === "ACCESS_DENIED" || error.code === "NOT_FOUND")) {
        return { detail: "answers; what it refuses is told below, by feed" };
      }
      throw error;
    }
  });

  await list.run("clock", "clock of this host", ["api"], () => Promise.resolve(judgeClock(skewMs, deps)));
}

function judgeClock(skewMs: number | undefined, { under }: DoctorDeps) {
  if (skewMs === undefined) return { detail: "the API tells no time to compare with" };
  const settleMs = Math.min(...under.settings.feeds.map(({ timing }) => timing.settleDelayMs));
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const says = `${seconds} s ${skewMs > 0 ? "ahead of" : "behind"} the API's clock`;
  if (Math.abs(skewMs) > settleMs) {
    throw new BridgeError("CLOCK_SKEW", `This host's clock is ${says}, more than SETTLE_DELAY (${settleMs / 1000} s)`, {
      fix: "Set the clock of this machine (time synchronisation). In Azure it is right by itself: then the API's is wrong, so raise SETTLE_DELAY above the difference.",
    });
  }
  const detail = seconds < 2 ? "agrees with the API's" : says;
  if (Math.abs(skewMs) <= settleMs / 2) return { detail };
  return {
    detail,
    warnings: [
      {
        message: `This host's clock is ${says}: more than half of SETTLE_DELAY`,
        fix: "Set the clock of this machine (time synchronisation), or raise SETTLE_DELAY.",
      },
    ],
  };
}
