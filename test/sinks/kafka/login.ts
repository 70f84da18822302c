// The broker's side of logging in with SASL PLAIN and OAUTHBEARER.
import { api, framed, int16, int32, text, type RequestHead } from "./wire.ts";

export interface LoginWanted {
  readonly mechanism: "PLAIN" | "OAUTHBEARER" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
  /** Told what came: user name and password with a zero byte between them, the token, or the first message of SCRAM. */
  readonly accept: (credentials: string) => boolean;
}

export interface Login {
  readonly done: boolean;
  /** The answer to a request that belongs to logging in; `undefined` for every other one: it came too early. */
  answer(frame: Buffer, head: RequestHead): Buffer | undefined;
}

const authenticationFailed = 58;

export function createLogin({ mechanism, accept }: LoginWanted): Login {
  let done = false;
  return {
    get done() {
      return done;
    },
    answer(frame, { key, version, correlationId, bodyAt }) {
      if (key === api.saslHandshake) return framed(int32(correlationId), int16(0), int32(1), text(mechanism));
      if (key !== api.saslAuthenticate) return undefined;
      done = accept(credentialsIn(frame.toString("utf8", bodyAt + 4)));
      return framed(
        int32(correlationId),
        int16(done ? 0 : authenticationFailed),
        text(done ? "" : "the login was refused"),
        int32(0),
        ...(version >= 1 ? [Buffer.alloc(8)] : []),
      );
    },
  };
}

/** OAUTHBEARER: `n,,` and fields between bytes of 1; PLAIN: authorization id, user name and password between bytes of 0. */
function credentialsIn(sent: string): string {
  const bearer = "auth=Bearer ";
  const field = sent.split("\u0001").find((part) => part.startsWith(bearer));
  return field === undefined ? sent.slice(sent.indexOf("\0") + 1) : field.slice(bearer.length);
}
