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

/** For a promise that did not hold, as against a run that failed or does not count. */
export const BROKEN_EXIT_CODE = 3;

export interface Verdict {
  readonly holds: boolean;
  /** False when the run shows too little to say anything, whatever it found. */
  readonly counts: boolean;
  readonly problems: readonly string[];
}

export function judge(facts: ChaosFacts): Verdict {
  const shortcomings = shortcomingsOf(facts);
  const broken = brokenIn(facts);
  return {
    holds: shortcomings.length + broken.length === 0,
    counts: shortcomings.length === 0,
    problems: [...shortcomings.map((what) => `${what}: the run does not count`), ...broken],
  };
}

function shortcomingsOf(facts: ChaosFacts): readonly string[] {
  const { kills, killsAsked, killsBeforeAnswer } = facts;
  const least = Math.ceil(killsAsked * LEAST_SHARE);
  return [
    ...when(kills < killsAsked, `only ${kills} of ${killsAsked} kills happened`),
    ...when(
      killsBeforeAnswer < least,
      `only ${killsBeforeAnswer} kills fell between transfer and answer, at least ${least} must`,
    ),
    ...when(facts.produced === 0, "nothing was produced"),
    ...when(facts.watermarkLooks === 0, "no watermark was ever seen"),
    ...facts.unfinished.map((world) => `not caught up in the end (${world})`),
  ];
}

function brokenIn(facts: ChaosFacts): readonly string[] {
  const { produced, delivered, missing, unexpected, repeated, outOfOrder } = facts;
  const broken = [
    ...when(missing > 0, `${missing} records are lost`),
    ...when(repeated > 0, `${repeated} events are repeated`),
    ...when(unexpected > 0, `${unexpected} events are of records that the API never showed`),
    ...when(outOfOrder > 0, `${outOfOrder} events are out of order for their device`),
    ...facts.watermarksMovedBack.map((step) => `a watermark moved back: ${step}`),
  ];
  if (broken.length > 0) return broken;
  return when(delivered !== produced, `${delivered} events for ${produced} records: the counts do not fit`);
}

function when(wrong: boolean, problem: string): readonly string[] {
  return wrong ? [problem] : [];
}
