// The error conditions of the services and the words they use for them.
import { randomUUID } from "node:crypto";

export interface AmqpFault {
  readonly condition: string;
  readonly description: string;
}

export function fault(condition: string, text: string): AmqpFault {
  const tracking = randomUUID().replaceAll("-", "");
  return { condition, description: `${text} TrackingId:${tracking}_G0, SystemTracker:emulator` };
}

/** The SDK recognises an absent entity by this sentence. */
export function entityNotFound(entity: string): AmqpFault {
  return fault("amqp:not-found", `The messaging entity '${entity}' could not be found.`);
}

export function unauthorized(right: string, resource: string): AmqpFault {
  return fault(
    "amqp:unauthorized-access",
    `Unauthorized access. '${right}' claim(s) are required to perform this operation. Resource: '${resource}'.`,
  );
}

export function tokenExpired(resource: string): AmqpFault {
  return fault("amqp:unauthorized-access", `ExpiredToken: The token is expired. Resource: '${resource}'.`);
}

export function messageTooLarge(bytes: number, maxBytes: number): AmqpFault {
  return fault(
    "amqp:link:message-size-exceeded",
    `The received message (size:${bytes} bytes) exceeds the limit (${maxBytes} bytes) currently allowed on the link.`,
  );
}

export function serverBusy(): AmqpFault {
  return fault(
    "com.microsoft:server-busy",
    "The request was terminated because the namespace is being throttled. Error code : 50002. " +
      "Please wait 10 seconds and try again.",
  );
}

export function unreadableMessage(reason: string): AmqpFault {
  return fault("amqp:decode-error", `The message could not be read: ${reason}.`);
}

export function idleLink(): AmqpFault {
  return fault(
    "amqp:link:detach-forced",
    "The link is force detached by the broker because it did not see any activity for 1800000 milliseconds.",
  );
}

export function idleConnection(): AmqpFault {
  return fault("amqp:connection:forced", "The connection was inactive for more than the allowed 300000 milliseconds.");
}
