// The text formats of the settings of e-mail. Problem texts never hold the value.
import { isMailDomain, mailAddress, type AllowedRecipients } from "../mail-address.ts";
import { baseUrl, parsedBy } from "./formats.ts";

/** The endpoint without a slash at the end, and the key as it is given: base64. */
export interface MailConnection {
  readonly endpoint: string;
  readonly accessKey: string;
}

const FORM = "Copy the whole connection string from the page Keys of the Communication Services resource.";

/** As the SDK reads it (communication-common credential/connectionString.js), in any order; its own error would quote the key. */
export const mailConnectionString = parsedBy((text) => {
  const parts = new Map<string, string>();
  for (const part of text.split(";")) {
    const at = part.indexOf("=");
    if (at > 0) parts.set(part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim());
  }
  const accessKey = parts.get("accesskey") ?? "";
  const endpoint = baseUrl.safeParse(parts.get("endpoint") ?? "");
  if (!endpoint.success) return { problem: "has no endpoint=https://HOST/ in it", fix: FORM };
  if (new URL(endpoint.data).pathname !== "/") return { problem: "has an endpoint with a path", fix: FORM };
  if (!/^[A-Za-z0-9+/]{20,}={0,2}$/.test(accessKey) || accessKey.length % 4 !== 0) {
    return { problem: "has no accesskey=KEY in it, or one that is not base64", fix: FORM };
  }
  const value: MailConnection = { endpoint: endpoint.data, accessKey };
  return { value };
});

const LIST_FORM =
  "Write addresses (ops@example.com) and domains (example.org) separated by commas, without wildcards; letters outside of ASCII in their xn-- form.";

export const recipientList = parsedBy((text) => {
  const entries = text.split(",").map((entry) => entry.trim().toLowerCase());
  const addresses: string[] = [];
  const domains: string[] = [];
  for (const entry of entries) {
    const address = mailAddress(entry);
    const domain = entry.replace(/^@/, "");
    if (address !== undefined) addresses.push(address);
    else if (isMailDomain(domain)) domains.push(domain);
    else return { problem: "has an entry that is neither an e-mail address nor a domain", fix: LIST_FORM };
  }
  const value: AllowedRecipients = { addresses, domains };
  return { value };
});
