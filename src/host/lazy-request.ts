// The request that a handler is given: what most handlers ask for comes straight from Node, the library's own is built for the rest.
import type { IncomingHttpHeaders } from "node:http";
import { HttpRequest } from "@azure/functions";
import { LazyHeaders } from "./lazy-headers.ts";

export interface RequestParts {
  readonly method: string;
  /** With host and query. */
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** Nobody else may write into it; empty for none. */
  readonly bytes: Buffer;
}

/**
 * To build the library's request takes about as long as all else that is done for a small one: two streams, a copy of the
 * body and checks of every header.
 */
export class LazyRequest implements HttpRequest {
  readonly method: string;
  readonly headers: LazyHeaders;
  readonly params: Record<string, string> = {};
  readonly #parts: RequestParts;
  #whole: HttpRequest | undefined;
  #isRead = false;

  constructor(parts: RequestParts) {
    this.method = parts.method;
    this.headers = new LazyHeaders(parts.headers);
    this.#parts = parts;
  }

  get url(): string {
    return this.#parts.url.href;
  }

  get query(): URLSearchParams {
    return this.#parts.url.searchParams;
  }

  get user(): HttpRequest["user"] {
    return this.#wholeRequest().user;
  }

  get body(): HttpRequest["body"] {
    return this.#wholeRequest().body;
  }

  get bodyUsed(): boolean {
    return this.#isRead || (this.#whole?.bodyUsed ?? false);
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    if (this.#whole !== undefined) return this.#whole.arrayBuffer();
    const bytes = this.#read();
    const copy = new ArrayBuffer(bytes.byteLength);
    new Uint8Array(copy).set(bytes);
    return copy;
  }

  async text(): Promise<string> {
    return this.#whole === undefined ? utf8.decode(this.#read()) : this.#whole.text();
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  blob(): ReturnType<HttpRequest["blob"]> {
    return this.#wholeRequest().blob();
  }

  formData(): Promise<FormData> {
    return this.#wholeRequest().formData();
  }

  clone(): HttpRequest {
    return this.#wholeRequest().clone();
  }

  /** A body can be read once, here as there. */
  #read(): Buffer {
    if (this.#isRead) throw alreadyRead();
    const { bytes } = this.#parts;
    this.#isRead = bytes.byteLength > 0;
    return bytes;
  }

  #wholeRequest(): HttpRequest {
    if (this.#isRead) throw alreadyRead();
    const { url, bytes } = this.#parts;
    const body = bytes.byteLength === 0 ? {} : { body: { bytes } };
    const headers = this.headers.asRecord();
    return (this.#whole ??= new HttpRequest({ method: this.method, url: url.href, headers, params: {}, ...body }));
  }
}

const utf8 = new TextDecoder();

function alreadyRead(): TypeError {
  return new TypeError("The body of this request has been read already.");
}
