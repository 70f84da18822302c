// Reads an answer as JSON, or says what came instead.
import { BridgeError } from "../errors.ts";
import type { ApiResponse } from "./api.ts";
import { excerpt, htmlTitle, looksLikeHtml } from "./excerpt.ts";
import { hideCredentialLookalikes } from "./hide-secrets.ts";

/**
 * The parsed body. `what` begins the message: `Feed "rooms", page 3`. Throws `RESPONSE_UNREADABLE` that tells an HTML
 * page, an empty body, truncated JSON and other text apart; it never quotes the inside of JSON (personal data).
 */
export function parseJson(response: Pick<ApiResponse, "body" | "contentType" | "hideSecrets">, what: string): unknown {
  const text = decode(response.body);
  if (text !== undefined) {
    try {
      return JSON.parse(text);
    } catch (error) {
      // Not as cause: the parser's message quotes the body.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  throw unreadable(response, text, what);
}

function unreadable(
  {
    body,
    contentType,
    hideSecrets = hideCredentialLookalikes,
  }: Pick<ApiResponse, "body" | "contentType" | "hideSecrets">,
  text: string | undefined,
  what: string,
): BridgeError {
  const error = (came: string, fix: string): BridgeError =>
    new BridgeError("RESPONSE_UNREADABLE", `${what}: the API answered with ${came} instead of JSON`, { fix });
  const cutFix =
    "The next run tries again. If it goes on, look for a proxy or firewall that cuts long answers, or lower MICROSHARE_PAGE_SIZE.";
  const wrongPlaceFix =
    "Check MICROSHARE_API_URL (host and path prefix) and HTTPS_PROXY: a login page, a proxy or a firewall seems to have answered.";
  if (text === undefined) return error(`${body.length} bytes that are not UTF-8 text`, wrongPlaceFix);
  if (text.trim() === "") return error("an empty body", cutFix);
  if (looksLikeHtml(text) || /html/i.test(contentType)) {
    const title = excerpt(htmlTitle(text), hideSecrets);
    return error(`an HTML page${title === "" ? "" : ` ${title}`}`, wrongPlaceFix);
  }
  const type = excerpt(contentType, hideSecrets);
  if (/^\s*[{[]/.test(text)) {
    return endsAsItBegan(text)
      ? error(
          `malformed JSON of ${body.length} bytes`,
          "Report it to Microshare support with feed and time of the call.",
        )
      : error(`JSON that breaks off after ${body.length} bytes`, cutFix);
  }
  return error(`other text (${type === "" ? "no content type" : type}: ${excerpt(text, hideSecrets)})`, wrongPlaceFix);
}

/** A complete JSON object or array ends with the counterpart of its first character. */
function endsAsItBegan(text: string): boolean {
  const trimmed = text.trim();
  return trimmed.endsWith(trimmed.startsWith("{") ? "}" : "]");
}

/** `undefined` for bytes that are not UTF-8; a byte order mark is dropped. */
function decode(body: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
