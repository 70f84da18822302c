// What the process of the app and the proof tell each other.

/** The timer fires. */
export interface ToHost {
  readonly invocationId: string;
  /** As the host says after a run that died. */
  readonly isPastDue: boolean;
}

export type FromHost =
  | { readonly kind: "ready" }
  /** With what the run logged, and the failure that the host would record. */
  | { readonly kind: "ended"; readonly lines: readonly string[]; readonly error?: string };
