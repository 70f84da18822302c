// Judges a chaos run: whether it counts, and whether the promises held.

export interface ChaosFacts {
  readonly killsAsked: number;
  readonly kills: number;
  /** Kills at a moment when the hub had stored a transfer whose answer it had not sent yet. */
  readonly killsBeforeAnswer: number;
  readonly produced: number;
  readonly delivered: number;
  readonly missing: number;
  readonly unexpected: number;
  readonly repeated: number;
  readonly outOfOrder: number;
  /** How often a watermark was looked at, and each step back. */
  readonly watermarkLooks: number;
  readonly watermarksMovedBack: readonly string[];
  /** Worlds whose feeds were not caught up in the end, with the last failure. */
  readonly unfinished: readonly string[];
}

/** Of the kills, those that must have fallen between the transfer and its answer: else the run shows too little. */
export const LEAST_SHARE = 0.2;

export interface Verdict {
  readonly holds: boolean;
  readonly problems: readonly string[];
}

export function judge(facts: ChaosFacts): Verdict {
  const problems: string[] = [];
  const report = (wrong: boolean, problem: string): void => void (wrong && problems.push(problem));
  const least = Math.ceil(facts.killsAsked * LEAST_SHARE);
  report(
    facts.kills < facts.killsAsked,
    `only ${facts.kills} of ${facts.killsAsked} kills happened: the run does not count`,
  );
  report(
    facts.killsBeforeAnswer < least,
    `only ${facts.killsBeforeAnswer} kills fell between transfer and answer, at least ${least} must: the run does not count`,
  );
  report(facts.produced === 0, "nothing was produced: the run does not count");
  report(facts.watermarkLooks === 0, "no watermark was ever seen: the run does not count");
  report(facts.missing > 0, `${facts.missing} records are lost`);
  report(facts.repeated > 0, `${facts.repeated} events are repeated`);
  report(facts.unexpected > 0, `${facts.unexpected} events are of records that the API never showed`);
  report(facts.outOfOrder > 0, `${facts.outOfOrder} events are out of order for their device`);
  for (const step of facts.watermarksMovedBack) problems.push(`a watermark moved back: ${step}`);
  for (const world of facts.unfinished) problems.push(`not caught up in the end: ${world}`);
  const settled = facts.delivered - facts.repeated;
  report(
    problems.length === 0 && settled !== facts.produced,
    `${settled} events for ${facts.produced} records: the counts do not fit`,
  );
  return { holds: problems.length === 0, problems };
}
