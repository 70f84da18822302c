// An error as the report of a failed life tells it.

export function textOf(error: unknown): string {
  return String(error instanceof Error ? error.stack : error);
}
