// The values that Terraform expressions have, and one more: what only Azure can know.
const UNKNOWN = Symbol("unknown");

/** An attribute that exists only once a resource does; its label says which. */
export interface Unknown {
  readonly [UNKNOWN]: string;
}

export type Value = string | number | boolean | null | Unknown | readonly Value[] | ValueObject;
export interface ValueObject {
  readonly [name: string]: Value;
}

export function unknown(label: string): Unknown {
  return { [UNKNOWN]: label };
}

export function isUnknown(value: Value | undefined): value is Unknown {
  return typeof value === "object" && value !== null && UNKNOWN in value;
}

export function labelOf(value: Unknown): string {
  return value[UNKNOWN];
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

export function isObject(value: Value | undefined): value is ValueObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isUnknown(value);
}

/** What Terraform itself would refuse: `can` turns it into false, everything else lets it through. */
export class TerraformRefusal extends Error {}

/** A string as it is, anything else as JSON: for messages and comparisons. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
