// The headers of a request as Node has them, in the form that handlers expect; checked and sorted only where that is asked for.
import type { IncomingHttpHeaders } from "node:http";

export class LazyHeaders implements Headers {
  readonly #raw: IncomingHttpHeaders;
  #whole: Headers | undefined;

  constructor(raw: IncomingHttpHeaders) {
    this.#raw = raw;
  }

  /** Names are in lower case already; more than one value is joined. */
  asRecord(): Record<string, string> {
    const record: Record<string, string> = {};
    for (const [name, value] of Object.entries(this.#raw)) record[name] = joined(value) ?? "";
    return record;
  }

  get(name: string): string | null {
    if (this.#whole !== undefined) return this.#whole.get(name);
    return joined(this.#raw[name.toLowerCase()]) ?? null;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  append(name: string, value: string): void {
    this.#headers().append(name, value);
  }

  delete(name: string): void {
    this.#headers().delete(name);
  }

  set(name: string, value: string): void {
    this.#headers().set(name, value);
  }

  getSetCookie(): string[] {
    return this.#headers().getSetCookie();
  }

  forEach(callback: (value: string, key: string, parent: Headers) => void): void {
    for (const [name, value] of this.#headers()) callback(value, name, this);
  }

  entries() {
    return this.#headers().entries();
  }

  keys() {
    return this.#headers().keys();
  }

  values() {
    return this.#headers().values();
  }

  [Symbol.iterator]() {
    return this.#headers()[Symbol.iterator]();
  }

  #headers(): Headers {
    return (this.#whole ??= new Headers(this.asRecord()));
  }
}

function joined(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}
