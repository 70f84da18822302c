// Reads the filter with which a reader says where in a partition it begins.

export type Position =
  | { readonly by: "latest"; readonly inclusive: boolean }
  | { readonly by: "offset" | "sequenceNumber" | "enqueuedTime"; readonly value: number; readonly inclusive: boolean };

const fields = {
  "x-opt-offset": "offset",
  "x-opt-sequence-number": "sequenceNumber",
  "x-opt-enqueued-time": "enqueuedTime",
} as const;

/** Understands just the forms that Event Hubs clients send; `undefined` for anything else. */
export function parseSelector(text: string): Position | undefined {
  const match = /^\s*amqp\.annotation\.(x-opt-[a-z-]+)\s*(>=?)\s*'?(@latest|-?\d+)'?\s*$/.exec(text);
  if (match === null) return undefined;
  const [, field = "", comparison, value = ""] = match;
  const inclusive = comparison === ">=";
  if (value === "@latest") return field === "x-opt-offset" ? { by: "latest", inclusive } : undefined;
  for (const [name, by] of Object.entries(fields)) {
    if (name === field) return { by, value: Number(value), inclusive };
  }
  return undefined;
}
