// The error conditions of Service Bus alone.
import { fault, type AmqpFault } from "../amqp/conditions.ts";

export function sessionMissing(): AmqpFault {
  return fault(
    "amqp:not-allowed",
    "The SessionId was not set on a message, and it cannot be sent to the entity. Entities that have session support " +
      "enabled can only receive messages that have the SessionId set to a valid value.",
  );
}

export function sessionsRequired(entity: string): AmqpFault {
  return fault(
    "amqp:not-allowed",
    `It is not possible for an entity that requires sessions to create a non-sessionful message receiver: '${entity}'.`,
  );
}

export function sessionsUnknown(entity: string): AmqpFault {
  return fault(
    "amqp:not-allowed",
    `A sessionful message receiver cannot be created on an entity that does not require sessions: '${entity}'.`,
  );
}

export function sessionTaken(session: string): AmqpFault {
  return fault("com.microsoft:session-cannot-be-locked", `The requested session '${session}' cannot be accepted.`);
}

/** What the service answers, after a while, to who asks for any session when there is none. */
export function noSession(): AmqpFault {
  return fault("com.microsoft:timeout", "There is no session with messages that is not locked already.");
}

export function lockLost(): AmqpFault {
  return fault("com.microsoft:message-lock-lost", "The lock supplied is invalid: it expired, or was settled already.");
}

export function notImplemented(what: string): AmqpFault {
  return fault("amqp:not-implemented", `This emulator knows nothing of ${what}.`);
}
