// The one error class of the bridge, and the list of its codes.

/**
 * Every way in which the bridge can fail on purpose. Codes are part of the interface: alerts and the runbook match on
 * them, so a code is never renamed. Anything that is not a `BridgeError` is a bug and fails the run.
 */
export type ErrorCode =
  | "SETTINGS_INVALID"
  | "CREDENTIALS_REFUSED"
  | "LOGIN_UNREADABLE"
  | "IDENTITY_MISMATCH"
  | "TOKEN_REJECTED"
  | "ACCESS_DENIED"
  | "NOT_FOUND"
  | "RIGHTS_FILTERED"
  | "VIEW_PARAMETER_MISSING"
  | "VIEW_DEFINITION_UNREADABLE"
  | "VIEW_SETTING_DISAGREES"
  | "VIEW_SETTING_UNUSED"
  | "LOCATION_VANISHED"
  | "COUNT_UNAVAILABLE"
  | "REQUEST_REJECTED"
  | "API_THROTTLED"
  | "API_UNAVAILABLE"
  | "API_TIMEOUT"
  | "API_UNREACHABLE"
  | "RESPONSE_UNREADABLE"
  | "RESPONSE_TOO_LARGE"
  | "PAGING_UNRELIABLE"
  | "WINDOW_SATURATED"
  | "WINDOW_INCOMPLETE"
  | "OWNER_UNKNOWN"
  | "LATE_NEAR_LOOKBACK"
  | "CLOCK_SKEW"
  | "STATE_UNREADABLE"
  | "STATE_UNAVAILABLE"
  | "STATE_DENIED"
  | "STATE_CONFLICT"
  | "STATE_TOO_LARGE"
  | "LEASE_LOST"
  | "ROUTE_UNKNOWN"
  | "ROUTE_LEFT"
  | "GAP_REFUSED"
  | "PAUSE_REFUSED"
  | "REWIND_REFUSED"
  | "BACKFILL_REFUSED"
  | "DEAD_LETTER_UNKNOWN"
  | "READ_BACK_DENIED"
  | "READ_BACK_IMPOSSIBLE"
  | "READ_BACK_REFUSED"
  | "READ_BACK_EXPIRED"
  | "READ_BACK_OTHER_HUB"
  | "PUSH_NOT_SAFE"
  | "PUSH_CLOCK"
  | "DEAD_LETTER_FAILED"
  | "DEAD_LETTER_FLOOD"
  | "SINK_UNREACHABLE"
  | "SINK_UNAUTHORIZED"
  | "SINK_NOT_FOUND"
  | "SINK_THROTTLED"
  | "SINK_REFUSED"
  | "SINK_UNCERTAIN"
  | "HUB_LIMIT_REACHED"
  | "MAIL_OUTBOX_FULL"
  | "MAIL_THROTTLED"
  | "MAIL_DENIED"
  | "MAIL_REFUSED"
  | "MAIL_UNAVAILABLE"
  | "MAIL_FAILED"
  | "MAIL_GIVEN_UP"
  | "RULES_CUT_SHORT"
  | "OUT_OF_TIME";

export interface BridgeErrorOptions {
  /** What the operator does next: one or two plain sentences, naming the setting or role to change. */
  readonly fix: string;
  readonly cause?: unknown;
}

/** An expected failure: a stable code, what failed and where, and what the operator does next. Never holds a secret. */
export class BridgeError extends Error {
  readonly code: ErrorCode;
  readonly fix: string;

  constructor(code: ErrorCode, message: string, options: BridgeErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "BridgeError";
    this.code = code;
    this.fix = options.fix;
  }
}
