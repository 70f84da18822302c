// The error conditions of Event Hubs alone.
import { fault, type AmqpFault } from "../amqp/conditions.ts";

/** The service does not call an unknown partition "not found". */
export function partitionInvalid(partitionCount: number): AmqpFault {
  return fault(
    "com.microsoft:argument-out-of-range",
    "The specified partition is invalid for an EventHub partition sender or receiver. " +
      `It should be between 0 and ${partitionCount - 1}.\r\nParameter name: PartitionId`,
  );
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
