// Lets the Azure AMQP SDKs speak through undici's WebSocket, so that outbound port 443 and a proxy are enough.
import type { Dispatcher } from "undici";

type Undici = typeof import("undici");

/**
 * The class to pass as `webSocketOptions.webSocket`. The SDK constructs it with a URL and the AMQP sub-protocol, sets four
 * handlers and `binaryType`, and calls `send` and `close`.
 *
 * undici reports every failed handshake as the same empty `TypeError`. This class hands on the reason underneath instead
 * (unknown host, refused, certificate, the proxy's status), so that the operator is told what to fix.
 *
 * @param dispatcher carries the proxy and extra certificate authorities; without one undici's global dispatcher is used.
 */
export function amqpWebSocketClass(undici: Undici, dispatcher: Dispatcher = undici.getGlobalDispatcher()) {
  return class AmqpWebSocket {
    onopen: Function | null = null;
    onmessage: Function | null = null;
    onclose: Function | null = null;
    onerror: Function | null = null;
    /** rhea sets this to `arraybuffer` when it finds it here, and then expects every message as one. */
    readonly binaryType = "arraybuffer";
    readonly url: string;
    readonly #socket: InstanceType<Undici["WebSocket"]>;

    constructor(url: string, protocols: string | string[] = []) {
      let reason: Error | undefined;
      const watched = watchErrors(dispatcher, (error) => (reason = error));
      const socket = new undici.WebSocket(url, { protocols, dispatcher: watched });
      socket.binaryType = this.binaryType;
      socket.addEventListener("open", (event) => this.onopen?.(event));
      socket.addEventListener("message", (event) => this.onmessage?.(event));
      socket.addEventListener("close", () => this.onclose?.());
      socket.addEventListener("error", () => this.onerror?.(socketError(reason)));
      this.#socket = socket;
      this.url = url;
    }

    send(data: Uint8Array): void {
      this.#socket.send(data);
    }

    close(): void {
      this.#socket.close();
    }
  };
}

function socketError(reason: Error | undefined): Error {
  const hasCode = reason !== undefined && "code" in reason && typeof reason.code === "string";
  if (hasCode) return reason;
  const error = new Error(`The WebSocket failed${reason === undefined ? "" : `: ${reason.message}`}.`, {
    cause: reason,
  });
  return Object.assign(error, { code: "WebSocketFailed" });
}

function watchErrors(dispatcher: Dispatcher, onError: (error: Error) => void): Dispatcher {
  return dispatcher.compose(
    (dispatch) => (options, handler) =>
      dispatch(options, {
        onRequestStart: (...args) => handler.onRequestStart?.(...args),
        onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
        onResponseStart: (...args) => handler.onResponseStart?.(...args),
        onResponseData: (...args) => handler.onResponseData?.(...args),
        onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
        onResponseError: (controller, error) => {
          onError(error);
          handler.onResponseError?.(controller, error);
        },
      }),
  );
}
