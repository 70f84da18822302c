// The answers of an IoT hub that says no, in the form in which it gives them.
import { randomUUID } from "node:crypto";

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/** @param code six digits: the HTTP status and a number below it. */
export function refusal(code: number, name: string): Answer {
  const text = { errorCode: code, trackingId: randomUUID(), message: name, timestampUtc: "2026-01-01T00:00:00Z" };
  return { status: Math.floor(code / 1000), body: { Message: JSON.stringify(text), ExceptionMessage: "" } };
}

export const refusals = {
  malformed: () => refusal(400_004, "ArgumentInvalid"),
  unauthorized: () => refusal(401_003, "IoTHubUnauthorized"),
  quotaExceeded: () => refusal(403_002, "IoTHubQuotaExceeded"),
  wrongTier: () => refusal(403_010, "OperationNotAllowedInCurrentTier"),
  deviceNotFound: () => refusal(404_001, "DeviceNotFound"),
  deviceExists: () => refusal(409_001, "DeviceAlreadyExists"),
  tooLarge: () => refusal(413_001, "MessageTooLarge"),
  throttled: () => refusal(429_001, "ThrottlingException"),
  broken: () => refusal(500_001, "ServerError"),
} as const;
