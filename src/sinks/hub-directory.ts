// What a sink with a hub per record type asks of whoever manages the namespace.

/** How many hubs there are, and a new one: behind Azure Resource Manager, or the namespace's own management call. */
export interface HubDirectory {
  /**
   * Names of all event hubs of the namespace, as they are now: a hub that was created a moment ago is among them.
   * Throws a `BridgeError`.
   */
  list(signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Creates the hub unless it is there; one that is there is left as it is, with its partitions and its retention.
   * Throws a `BridgeError`: `SINK_UNAUTHORIZED` names the right that is missing.
   */
  ensure(hub: string, signal: AbortSignal): Promise<EnsuredHub>;
}

/** `full`: the namespace has as many hubs as its tier allows. */
export type EnsuredHub = "there" | "created" | "full";

/** What a hub gets when it is created. */
export interface NewHub {
  /** 1 to 32; more on Premium and Dedicated. */
  readonly partitionCount: number;
  /** Whole days; 1 on Basic, up to 7 on Standard, up to 90 above. */
  readonly retentionDays: number;
}

/** Basic and Standard end here; Premium and Dedicated go further and say so with a code of their own. */
export const hubsOfSmallTiers = 10;
