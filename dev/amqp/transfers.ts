// Opens what a client sends: a batch is an envelope whose data sections are encoded messages of their own.
import rhea from "rhea";
import { dataOf, readSections, sectionCode } from "./sections.ts";

/** Message format of a batch. */
export const batchFormat = 0x80013700;

export interface Transfer {
  readonly messages: readonly Buffer[];
  readonly partitionKey: string | undefined;
}

/** Returns what is wrong when the bytes cannot be read. Batches are not decoded further than needed to split them. */
export function readTransfer(bytes: Buffer, format: number): Transfer | string {
  if (format !== batchFormat && format !== 0) return `unknown message format ${format}`;
  try {
    const sections = readSections(bytes);
    const partitionKey = partitionKeyOf(bytes, sections);
    if (format === 0) return { messages: [bytes], partitionKey };
    const messages = sections.filter(({ code }) => code === sectionCode.data).map((section) => dataOf(bytes, section));
    for (const message of messages) readSections(message);
    return messages.length === 0 ? "the batch is empty" : { messages, partitionKey };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return error.message;
  }
}

/** The SDK copies the annotations of the first event onto the envelope. */
function partitionKeyOf(bytes: Buffer, sections: ReturnType<typeof readSections>): string | undefined {
  const section = sections.find(({ code }) => code === sectionCode.messageAnnotations);
  if (section === undefined) return undefined;
  const annotations = rhea.message.decode(bytes.subarray(section.start, section.end))["message_annotations"];
  const key: unknown = annotations?.["x-opt-partition-key"];
  return typeof key === "string" ? key : undefined;
}
