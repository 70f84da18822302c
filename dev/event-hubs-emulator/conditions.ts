// The error conditions of the service and the words it uses for them.
import { randomUUID } from "node:crypto";

export interface AmqpFault {
  readonly condition: string;
  readonly description: string;
}

function fault(condition: string, text: string): AmqpFault {
  const tracking = randomUUID().replaceAll("-", "");
  return { condition, description: `${text} TrackingId:${tracking}_G0, SystemTracker:emulator` };
}

/** The SDK recognises an absent entity by this sentence. */
export function entityNotFound(entity: string): AmqpFault {
  return fault("amqp:not-found", `The messaging entity '${entity}' could not be found.`);
}

/** The service does not call an unknown partition "not found". */
export function partitionInvalid(partitionCount: number): AmqpFault {
  return fault(
    "com.microsoft:argument-out-of-range",
    "The specified partition is invalid for an EventHub partition sender or receiver. " +
      `It should be between 0 and ${partitionCount - 1}.\r\nParameter name: PartitionId`,
  );
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

export function positionInvalid(what: "offset" | "sequence number", value: string, last: string): AmqpFault {
  return fault(
    "com.microsoft:argument-error",
    `The supplied ${what} '${value}' is invalid. The last ${what} in the system is '${last}'`,
  );
}

export function selectorInvalid(text: string): AmqpFault {
  return fault("com.microsoft:argument-error", `The filter '${text}' cannot be understood.`);
}

export function tooManyReaders(most: number): AmqpFault {
  return fault(
    "amqp:resource-limit-exceeded",
    `Exceeded the maximum number of allowed receivers per partition in a consumer group which is ${most}.`,
  );
}

export function ownedReaderExists(epoch: number): AmqpFault {
  return fault(
    "amqp:link:stolen",
    `At least one receiver for the endpoint is created with epoch of '${epoch}', and so non-epoch receiver is not ` +
      "allowed. Either reconnect with a higher epoch, or make sure all epoch receivers are closed or disconnected.",
  );
}

export function higherEpochExists(epoch: number, mine: number): AmqpFault {
  return fault(
    "amqp:link:stolen",
    `Receiver with a higher epoch of '${epoch}' already exists. Receiver with epoch ${mine} cannot be created. ` +
      "Make sure you are creating receiver with increasing epoch value to ensure connectivity, or ensure all old " +
      "epoch receivers are closed or disconnected.",
  );
}

export function takenOver(epoch: number): AmqpFault {
  return fault(
    "amqp:link:stolen",
    `New receiver with higher epoch of '${epoch}' is created hence current receiver is getting disconnected. ` +
      "If you are recreating the receiver, make sure a higher epoch is used.",
  );
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
