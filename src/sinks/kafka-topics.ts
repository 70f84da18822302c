// Which topic an event goes to.
import { BridgeError } from "../errors.ts";
import type { OutgoingEvent } from "../pipeline/records.ts";

/** A topic for each record type, named after it, or one for everything. */
export type TopicNaming = "record-type" | { readonly fixed: string };

/** What Kafka takes; the length is also the limit of the hubs behind an Event Hubs Kafka endpoint. */
const topicForm = /^[\w.-]{1,249}$/u;

/** Why a name cannot be that of a topic, in words that follow it; `undefined` when it can. */
export function topicComplaint(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name === "." || name === "..") return "is not a name that Kafka takes";
  if (name.length > 249) return `has ${name.length} characters, and a topic 249 at most`;
  return topicForm.test(name) ? undefined : "holds other characters than a-z, A-Z, 0-9, dot, hyphen and underscore";
}

/**
 * Throws `SETTINGS_INVALID` for a fixed name that cannot be one, or that is not the one hub of the connection string. A
 * record type that cannot be a topic concerns its own events alone: they get a reason instead of a topic.
 */
export function topicsBy(
  naming: TopicNaming,
  setting: string,
  onlyTopic?: string,
): (event: OutgoingEvent) => { readonly topic: string } | { readonly reason: string } {
  if (naming === "record-type") {
    if (onlyTopic !== undefined) {
      throw invalid(
        `The connection string in ${setting} is for the hub ${onlyTopic} alone, but the sink sends to one per record type.`,
        setting,
      );
    }
    return ({ properties: { recType } }) => {
      const complaint = topicComplaint(recType);
      if (complaint === undefined) return { topic: recType };
      return {
        reason: `Its record type "${recType.slice(0, 300)}" cannot be the name of a Kafka topic: it ${complaint}.`,
      };
    };
  }
  const { fixed: topic } = naming;
  const complaint = topicComplaint(topic);
  if (complaint !== undefined) throw invalid(`The topic "${topic.slice(0, 300)}" ${complaint}.`, setting);
  if (onlyTopic !== undefined && onlyTopic !== topic) {
    throw invalid(
      `The connection string in ${setting} is for the hub ${onlyTopic} alone, but the sink sends to ${topic}.`,
      setting,
    );
  }
  return () => ({ topic });
}

function invalid(message: string, setting: string): BridgeError {
  return new BridgeError("SETTINGS_INVALID", message, {
    fix:
      "Name a topic of 1 to 249 letters, digits, dots, hyphens and underscores in the sink; with a connection string that " +
      `ends with EntityPath, exactly that one, or give ${setting} the connection string of the namespace.`,
  });
}
