// A failure on the way to a sink in the words of the operator.
import { BridgeError, type ErrorCode } from "../errors.ts";
import type { SendFailure } from "./send-failure.ts";

export interface Explanation {
  readonly code: ErrorCode;
  /** In words that stand between the place and "while". */
  readonly what: string;
  readonly fix: string;
}

/**
 * @param place how a sentence about the destination begins: "Event hub records on host".
 * @param doing what was under way, in words that follow "while": "opening partition 3".
 */
export function explained(
  failure: SendFailure,
  place: string,
  doing: string,
  { code, what, fix }: Explanation,
): BridgeError {
  const said = failure.detail === "" ? failure.code : `${failure.code}: ${failure.detail.slice(0, mostDetail)}`;
  return new BridgeError(code, `${place}: ${what} while ${doing} (${said}).`, { fix, cause: failure.cause });
}

/** Characters of the service's text to show; the whole of it is in the cause. */
const mostDetail = 300;
