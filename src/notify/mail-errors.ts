// What the mail service said no with, and what the operator does about it. No text of the service is taken over: it may quote an address.
import { BridgeError } from "../errors.ts";

type MailCode = "MAIL_THROTTLED" | "MAIL_DENIED" | "MAIL_REFUSED" | "MAIL_UNAVAILABLE" | "MAIL_FAILED";

/** @param why status and code, for example `status 403 Forbidden` */
export function mailError(code: MailCode, why: string): BridgeError {
  const { said, fix } = texts[code];
  return new BridgeError(code, `${said}: ${why}.`, { fix });
}

const texts: Readonly<Record<MailCode, { readonly said: string; readonly fix: string }>> = {
  MAIL_THROTTLED: {
    said: "The mail service asks for patience",
    fix:
      "Nothing is lost: the mail is sent later. When it happens often, lower NOTIFY_MAILS_PER_MINUTE and " +
      "NOTIFY_MAILS_PER_HOUR to the limits of your mail domain, or ask Azure for higher ones (only for a domain of your own).",
  },
  MAIL_DENIED: {
    said: "The mail service does not let the app send",
    fix:
      "Check that NOTIFY_SENDER is a MailFrom address of a domain that is verified and linked to the resource. Without a key " +
      "give the app's identity the role Communication and Email Service Owner on the resource named in NOTIFY_ENDPOINT; with " +
      "one renew NOTIFY_CONNECTION_STRING. The mail is sent as soon as that is right.",
  },
  MAIL_REFUSED: {
    said: "The mail service does not take this mail",
    fix: "The mail is not sent again. Check NOTIFY_SENDER and the recipients; the other mails go on.",
  },
  MAIL_UNAVAILABLE: {
    said: "The mail service gave no good answer",
    fix:
      "Nothing is lost: the operation is asked for before anything is sent again. When it stays, check that the address in " +
      "NOTIFY_ENDPOINT or NOTIFY_CONNECTION_STRING can be reached on port 443.",
  },
  MAIL_FAILED: {
    said: "The mail service could not send the mail off",
    fix:
      "Check that the recipients exist and are not on the suppression list of the mail domain (portal: the Email " +
      "Communication Service, then the domain), then send again.",
  },
};
