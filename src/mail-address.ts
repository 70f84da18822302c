// E-mail addresses as the bridge takes them: a plain mailbox, and nothing that a mail server could read as a second one.

/** A mailbox, in lower case: `ops@example.com`. */
export type MailAddress = string;

/** Longest local part, label and address: RFC 5321, section 4.5.3.1, and RFC 1035. */
const LOCAL_PART = /^(?=.{1,64}$)[a-z0-9_'+-]+(\.[a-z0-9_'+-]+)*$/;
const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;
const LONGEST_ADDRESS = 254;

/**
 * The address in lower case, or `undefined`. Stricter than RFC 5322: no display name, comment, quoted or literal part, no
 * `%` or `!` (old ways to relay), and ASCII alone: a domain with other letters is written in its `xn--` form, so that no
 * look-alike passes for another one. Never throws.
 */
export function mailAddress(text: string): MailAddress | undefined {
  if (text.length > LONGEST_ADDRESS || !/^[!-~]+$/.test(text)) return undefined;
  const address = text.toLowerCase();
  const [local = "", domain = "", ...more] = address.split("@");
  return more.length === 0 && LOCAL_PART.test(local) && isMailDomain(domain) ? address : undefined;
}

/** @param text in lower case */
export function isMailDomain(text: string): boolean {
  return DOMAIN.test(text);
}

/** Who may be written to: mailboxes, and domains with all their mailboxes; not with their subdomains. */
export interface AllowedRecipients {
  readonly addresses: readonly MailAddress[];
  readonly domains: readonly string[];
}

/** @param address as `mailAddress` gives it */
export function isAllowedRecipient({ addresses, domains }: AllowedRecipients, address: MailAddress): boolean {
  return addresses.includes(address) || domains.includes(address.slice(address.lastIndexOf("@") + 1));
}
