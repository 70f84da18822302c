// Makes the emulator fail on purpose, where and as often as a test asks for, and counts what really happened.
import type { AmqpFault } from "./conditions.ts";
import { idleConnection, idleLink, serverBusy, unauthorized } from "./conditions.ts";
import { createRules } from "./fault-rules.ts";
import type { FaultScope, Rules } from "./fault-rules.ts";
import type { FaultCounts, Faults, HeldTransfers, LinkScope, TransferEffect } from "./fault-types.ts";
import type { OpenLink, Peer } from "./links.ts";
import { createThrottle } from "./throttle.ts";
import type { Throttle } from "./throttle.ts";
import { createUnanswered } from "./unanswered.ts";
import type { Unanswered } from "./unanswered.ts";

/** What the rest of the emulator asks before it acts. */
export interface FaultBook {
  readonly control: Faults;
  readonly counts: FaultCounts;
  readonly unanswered: Unanswered;
  onTransfer(where: { hub: string; partition: string }): TransferEffect | undefined;
  onAttach(where: { hub: string; partition?: string; role: "send" | "receive" }): AmqpFault | undefined;
  onToken(where: { hub: string; partition?: string }): string | undefined;
  onSocket(): boolean;
  throttled(events: number, bytes: number): boolean;
  messageLimit(hub: string): { bytes: number; announced: boolean } | undefined;
}

export function createFaultBook(open: {
  readonly links: ReadonlySet<OpenLink>;
  readonly peers: ReadonlySet<Peer>;
  readonly now: () => number;
}): FaultBook {
  const transfers = createRules<TransferEffect>();
  const attaches = createRules<AmqpFault & { role: "send" | "receive" | undefined }>();
  const tokens = createRules<string>();
  const sockets = createRules<true>();
  const limits = createRules<{ bytes: number; announced: boolean }>();
  const throttles = createRules<Throttle>();
  const unanswered = createUnanswered();
  const counts: FaultCounts = {
    transfersStoredUnacknowledged: 0,
    eventsStoredUnacknowledged: 0,
    transfersLost: 0,
    transfersRefused: 0,
    transfersThrottled: 0,
    transfersCommittedLate: 0,
    linksDetached: 0,
    connectionsClosed: 0,
    connectionsDropped: 0,
    attachesRefused: 0,
    tokensRefused: 0,
    silentPeers: 0,
  };
  const control: Faults = {
    serverBusy: (scope) => transfers.add({ kind: "reject", error: serverBusy() }, scope),
    reject: (condition, scope) =>
      transfers.add({ kind: "reject", error: { condition, description: scope?.description ?? condition } }, scope),
    outcome: (kind, scope) => transfers.add({ kind }, scope),
    loseAcknowledgement: (scope) => transfers.add({ kind: "drop", stored: true }, scope),
    dropBeforeStoring: (scope) => transfers.add({ kind: "drop", stored: false }, scope),
    neverAnswer: (scope) => transfers.add({ kind: "silence", stored: scope.stored }, scope),
    commitLate: (scope = {}) => holdTransfers(transfers, scope),
    answerLate: ({ until, ...scope }) =>
      transfers.add({ kind: "answer-late", delay: (answer) => void until().then(answer) }, scope),
    detachOnTransfer(scope) {
      const error = { ...idleLink(), ...(scope?.condition === undefined ? {} : { condition: scope.condition }) };
      return transfers.add({ kind: "detach", stored: scope?.stored ?? false, error }, scope);
    },
    refuseAttach(scope) {
      const condition = scope?.condition ?? "amqp:internal-error";
      return attaches.add({ condition, description: scope?.description ?? condition, role: scope?.role }, scope);
    },
    refuseTokens: (scope) => tokens.add(unauthorized("Any", "the token was refused").description, scope),
    silentPeer: (scope) => sockets.add(true, scope),
    limitMessageBytes: ({ bytes, hub, announce }) =>
      limits.add({ bytes, announced: announce ?? true }, hub === undefined ? {} : { hub }),
    throttle: (units) => throttles.add(createThrottle(units, open.now), {}),
    detachLinks(scope = {}) {
      const error = { ...idleLink(), ...(scope.condition === undefined ? {} : { condition: scope.condition }) };
      const struck = [...open.links].filter((link) => matches(link, scope) && link.close(error));
      counts.linksDetached += struck.length;
      return struck.length;
    },
    closeConnections(condition = idleConnection().condition, description = idleConnection().description) {
      const struck = [...open.peers];
      for (const peer of struck) peer.close({ condition, description });
      counts.connectionsClosed += struck.length;
      return struck.length;
    },
    dropConnections() {
      const struck = [...open.peers];
      for (const peer of struck) peer.drop();
      counts.connectionsDropped += struck.length;
      return struck.length;
    },
    closeIdle() {
      control.detachLinks();
      return control.closeConnections();
    },
    counts,
    unanswered: (hub) => unanswered.count(hub),
    clear() {
      for (const rules of [transfers, attaches, tokens, sockets, limits, throttles]) rules.clear();
    },
  };
  return {
    control,
    counts,
    unanswered,
    onTransfer: (where) => transfers.take(where),
    onAttach(where) {
      const refusal = attaches.take(where, ({ role }) => role === undefined || role === where.role);
      if (refusal !== undefined) counts.attachesRefused++;
      return refusal;
    },
    onToken(where) {
      const refusal = tokens.take(where);
      if (refusal !== undefined) counts.tokensRefused++;
      return refusal;
    },
    onSocket() {
      const silent = sockets.take({}) === true;
      if (silent) counts.silentPeers++;
      return silent;
    },
    throttled: (events, bytes) => throttles.peek({})?.refuses(events, bytes) ?? false,
    messageLimit: (hub) => limits.peek({ hub }),
  };
}

function matches(link: OpenLink, scope: LinkScope): boolean {
  return (
    (scope.hub === undefined || scope.hub.toLowerCase() === link.hub) &&
    (scope.partition === undefined || scope.partition === link.partition) &&
    (scope.role === undefined || scope.role === link.role)
  );
}

function holdTransfers(
  transfers: Rules<TransferEffect>,
  scope: FaultScope & { readonly drop?: boolean; readonly until?: () => Promise<void> },
): HeldTransfers {
  const { until } = scope;
  const held: (() => void)[] = [];
  const hold = (commit: () => void) => {
    if (until === undefined) held.push(commit);
    else void until().then(commit);
  };
  const fault = transfers.add({ kind: "hold", drop: scope.drop ?? false, hold }, scope);
  return {
    get hits() {
      return fault.hits;
    },
    get held() {
      return held.length;
    },
    release() {
      const commits = held.splice(0);
      for (const commit of commits) commit();
      return commits.length;
    },
    whenHit: (times) => fault.whenHit(times),
    clear: () => fault.clear(),
  };
}
