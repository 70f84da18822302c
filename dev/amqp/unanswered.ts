// Transfers that have come in and whose client has not been told their outcome.

export interface UnansweredCount {
  /** In the hub already. */
  readonly storedTransfers: number;
  readonly storedEvents: number;
  /** Received, to be stored later. */
  readonly heldTransfers: number;
}

export interface UnansweredTransfer {
  stored: boolean;
}

export interface Unanswered {
  /** `isOpen` is false once the client has gone: what it sent then counts no more. */
  begin(transfer: { hub: string; events: number; stored: boolean; isOpen: () => boolean }): UnansweredTransfer;
  end(transfer: UnansweredTransfer): void;
  count(hub: string): UnansweredCount;
}

export function createUnanswered(): Unanswered {
  const open = new Map<UnansweredTransfer, { hub: string; events: number; isOpen: () => boolean }>();
  return {
    begin({ hub, events, stored, isOpen }) {
      const transfer = { stored };
      open.set(transfer, { hub, events, isOpen });
      return transfer;
    },
    end: (transfer) => void open.delete(transfer),
    count(hub) {
      const own = [...open].filter(([, facts]) => facts.hub === hub.toLowerCase() && facts.isOpen());
      const stored = own.filter(([transfer]) => transfer.stored);
      return {
        storedTransfers: stored.length,
        storedEvents: stored.reduce((sum, [, { events }]) => sum + events, 0),
        heldTransfers: own.length - stored.length,
      };
    },
  };
}
