// The mailbox as a web page: what was sent, as its readers would see it. Everything from a mail is escaped or in a sandbox.
import type { StoredMail } from "./index.ts";

const STYLE =
  "body{font-family:system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}" +
  "article{border:1px solid #8888;border-radius:.5rem;padding:1rem;margin:1rem 0}" +
  "pre{white-space:pre-wrap}iframe{width:100%;height:12rem;border:1px solid #8888}dt{font-weight:600}";

export function mailboxPage(mails: readonly StoredMail[]): string {
  const entries = mails.toReversed().map(entry).join("\n");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Mailbox of the e-mail simulator</title><style>${STYLE}</style></head>
<body><h1>Mailbox</h1><p>${mails.length} mails, newest first. As JSON: <a href="/mailbox.json">/mailbox.json</a></p>
${entries}</body></html>
`;
}

function entry({ operationId, status, sentAt, message }: StoredMail): string {
  const { content, recipients, senderAddress } = message;
  const to = recipients.to.map(({ address }) => address).join(", ");
  // Without scripts, forms and same origin: the mail's own markup can do nothing here.
  const html =
    content.html === undefined ? "" : `<iframe sandbox title="HTML" srcdoc="${escape(content.html)}"></iframe>`;
  return `<article><h2>${escape(content.subject)}</h2>
<dl><dt>From</dt><dd>${escape(senderAddress)}</dd><dt>To</dt><dd>${escape(to)}</dd><dt>Sent</dt><dd>${new Date(sentAt).toISOString()}</dd>
<dt>Operation</dt><dd>${escape(operationId)}: ${escape(status)}</dd></dl>
<pre>${escape(content.plainText ?? "")}</pre>${html}</article>`;
}

function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
