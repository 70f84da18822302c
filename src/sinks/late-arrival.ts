// How late a service may still store what a sink has given up.

/**
 * What the service may still do with a batch once no connection carries it: the sink waits `sendTimeoutMs` for an answer,
 * then closes the connection, which takes `closeTimeoutMs` at most; from then on no byte of the batch leaves this host, and
 * what the service holds already it stores or drops. How long it takes for that it promises nowhere: ten seconds are
 * assumed, as a store that takes longer answers with a time-out of its own. Not covered: a network that delivers later
 * what it had in its hands when the connection could not be closed in time.
 */
export const serviceMarginMs = 10_000;
