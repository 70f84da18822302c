// A route: a feed, a sink, and the name under which its progress is kept.
import type { Updates } from "./ledger.ts";
import type { Checkpoint, FeedSource, Sink } from "./ports.ts";
import type { Timing } from "./reading-plan.ts";
import type { Instant } from "./records.ts";

/** Feed -> sink. The name is stable for ever: it is the key of the state and travels on every event. */
export interface Route {
  readonly name: string;
  readonly feed: string;
  readonly source: FeedSource;
  readonly sink: Sink;
  readonly timing: Timing;
  readonly updates: Updates;
  /** Records are pushed to it as well (`push.ts`): the sink is read back for them, and the settle delay is longer. */
  readonly push?: boolean;
  /** Set where this is a finite range beside another route, with a progress of its own. */
  readonly backfill?: BackfillOf;
}

export interface BackfillOf {
  /** The live route: its events carry this name, so that whoever reads the sink back for it finds them. */
  readonly route: string;
  /** Whether what the live route has delivered counts as delivered here. */
  readonly asksLive: boolean;
  first(now: Instant): Checkpoint;
}

/** The name that travels on its events. */
export function sentAs({ name, backfill }: Route): string {
  return backfill?.route ?? name;
}

/** The routes whose ledgers say what it need not send. */
export function ledgersOf({ name, backfill }: Route): readonly string[] {
  return backfill?.asksLive === true ? [name, backfill.route] : [name];
}
