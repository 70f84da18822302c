// What an error of the storage SDKs means, and what the operator does about it.
import { RestError } from "@azure/data-tables";
import { BridgeError } from "../errors.ts";
import { isCredentialFailure } from "../identity.ts";

/** The service's own word for what went wrong, wherever the SDK put it: single calls and transactions differ. */
export function serviceCode(error: RestError): string | undefined {
  const fromBody = at(at(error.details, "odataError"), "code") ?? at(error.details, "errorCode");
  return typeof fromBody === "string" ? fromBody : error.code;
}

/** True when the service may or may not have done what it was asked, or could not be asked. */
export function isUnavailable(error: unknown): boolean {
  if (isTimeout(error)) return true;
  if (!(error instanceof RestError)) return false;
  // No status: the connection failed before an answer was read.
  if (error.statusCode === undefined) return error.code !== RestError.PARSE_ERROR;
  return unavailableStatuses.has(error.statusCode) || serviceCode(error) === "TableBeingDeleted";
}

/**
 * Turns an error of the table SDK into one for the operator; `doing` completes "Could not ...".
 * Anything that is neither an expected failure of the SDK nor of its credential is a bug and comes back as it is.
 */
export function stateError(error: unknown, table: string, doing: string): unknown {
  const failed = (code: "STATE_DENIED" | "STATE_UNAVAILABLE" | "STATE_UNREADABLE", why: string, fix: string) =>
    new BridgeError(code, `Could not ${doing} in the state table ${table}: ${why}.`, { fix, cause: error });

  if (isUnavailable(error)) {
    const why = error instanceof RestError ? briefly(error) : "no answer in time";
    return failed("STATE_UNAVAILABLE", why, unavailableFix);
  }
  if (isCredentialFailure(error)) return failed("STATE_DENIED", "no token for the app's identity", identityFix);
  if (!(error instanceof RestError)) return error;
  if (error.statusCode === 401 || error.statusCode === 403) return failed("STATE_DENIED", briefly(error), deniedFix);
  return failed("STATE_UNREADABLE", briefly(error), unreadableFix);
}

/** Status and code, never the message: that holds request ids at best and addresses with a signature at worst. */
export function briefly(error: RestError): string {
  const words = [error.statusCode && `status ${error.statusCode}`, serviceCode(error)].filter(Boolean);
  return words.length > 0 ? words.join(" ") : "an unknown answer";
}

/** The SDKs throw `AbortError` when the time for an operation is over: nothing else aborts one. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
}

const unavailableStatuses = new Set([408, 429, 500, 502, 503, 504]);

const unavailableFix =
  "Nothing to do when it passes: the next run continues from the last save. When it stays, check that the storage " +
  "account of AzureWebJobsStorage exists, and that network rules and proxy let the app reach it on port 443.";

const deniedFix =
  "Give the app's identity the role Storage Table Data Contributor on the storage account of AzureWebJobsStorage (it " +
  "acts after some minutes), or renew the key in the connection string. A firewall on the account also answers so.";

const identityFix =
  "Switch on the app's managed identity, name a user-assigned one in AzureWebJobsStorage__clientId, and give it the " +
  "role Storage Table Data Contributor on the storage account.";

const unreadableFix =
  "The run stopped rather than start over. Check that STATE_TABLE is a valid table name and that AzureWebJobsStorage " +
  "is a storage account with tables.";

function at(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
