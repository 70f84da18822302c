// What the mail service takes for a message, and what it says of anything else.
import * as z from "zod";

const address = z.strictObject({
  address: z.string().regex(/^[^\s@,;<>"]+@[^\s@,;<>"]+\.[^\s@,;<>"]+$/),
  displayName: z.string().optional(),
});

const message = z.object({
  senderAddress: z.string(),
  content: z
    .strictObject({ subject: z.string().min(1), plainText: z.string().optional(), html: z.string().optional() })
    .refine(({ plainText = "", html = "" }) => plainText !== "" || html !== "", "has neither plainText nor html"),
  recipients: z
    .strictObject({ to: z.array(address), cc: z.array(address).default([]), bcc: z.array(address).default([]) })
    .refine(({ to, cc, bcc }) => to.length + cc.length + bcc.length <= 50, "are more than 50")
    .refine(({ to }) => to.length > 0, "are missing"),
  userEngagementTrackingDisabled: z.boolean().optional(),
  headers: z.record(z.string(), z.string()).optional(),
});

export type SentMessage = z.infer<typeof message>;

/** @returns the message, or why it is none */
export function readMessage(body: Buffer): SentMessage | string {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
    return "the body is no JSON in UTF-8";
  }
  const read = message.safeParse(json);
  if (!read.success) return z.prettifyError(read.error);
  const { subject } = read.data.content;
  return /[\r\n\0]/.test(subject) ? "the subject has a line break" : read.data;
}
