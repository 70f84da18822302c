// Turns a fault of the connection into what the operator should know and do.
import { cleanCause, codeOf } from "./clean-cause.ts";
import { askForLess } from "./failure.ts";
import type { Failure, Subject, Verdict } from "./failure.ts";
import type { HideSecrets } from "./hide-secrets.ts";
import type { HttpFault } from "./http-call.ts";

export interface FaultContext {
  readonly subject: Subject;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly proxied: boolean;
  readonly hideSecrets: HideSecrets;
}

export function classifyFault(fault: HttpFault, context: FaultContext): Verdict<never> {
  const { subject } = context;
  const cause = fault.cause === undefined ? {} : { cause: cleanCause(fault.cause, context.hideSecrets) };
  if (fault.kind === "unreachable") return unreachable(codeOf(fault.cause) ?? "", { ...context, ...cause });
  if (fault.kind === "timeout") {
    return tryAgain({
      code: "API_TIMEOUT",
      what: `${subject.host} did not answer ${subject.call} in full within ${context.timeoutMs} ms`,
      fix: askForLess(subject, "The next run tries again."),
    });
  }
  if (fault.kind === "truncated") {
    return tryAgain({
      code: "RESPONSE_UNREADABLE",
      what: `the answer to ${subject.call} broke off or its compression is damaged`,
      fix: askForLess(subject, "Look for a proxy or firewall between this app and the API that cuts long answers."),
      ...cause,
    });
  }
  return giveUp({
    code: "RESPONSE_TOO_LARGE",
    what: `the answer to ${subject.call} is larger than ${context.maxBytes} bytes`,
    fix: askForLess(subject, "The size guard protects this app's memory."),
  });
}

function unreachable(code: string, context: FaultContext & { readonly cause?: Error }): Verdict<never> {
  const { host, urlSetting } = context.subject;
  const way = context.proxied ? `${host} (a proxy is set)` : host;
  const proxyHint = context.proxied ? "check the address in HTTPS_PROXY" : "set HTTPS_PROXY if one is needed";
  const failure = (what: string, fix: string): Failure => ({
    code: "API_UNREACHABLE",
    what: `${what}${code === "" ? "" : ` (${code})`}`,
    fix,
    ...(context.cause === undefined ? {} : { cause: context.cause }),
  });
  if (isProxyFault(code, context.proxied)) {
    return tryAgain(
      failure(
        `the proxy did not open a connection to ${host}`,
        `Check HTTPS_PROXY (address, user and password), and that the proxy allows CONNECT to ${host} on port 443; hosts to be reached directly belong into NO_PROXY.`,
      ),
    );
  }
  if (isTlsVersionFault(code)) {
    return giveUp(
      failure(
        `${host} does not speak the TLS version asked for`,
        `Set MICROSHARE_MIN_TLS to 1.2 only if ${host} really cannot do 1.3; a TLS-inspecting firewall in between is the more likely reason.`,
      ),
    );
  }
  if (isTlsFault(code)) {
    return giveUp(
      failure(
        `no secure connection to ${host} could be made`,
        `Check ${urlSetting}. If a firewall or proxy inspects TLS, exempt ${host} or add its root certificate with NODE_EXTRA_CA_CERTS.`,
      ),
    );
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return tryAgain(
      failure(
        `${context.proxied ? "a name on the way to " : "the name "}${way} could not be resolved`,
        `Check the host name in ${urlSetting} and the DNS of the network this app runs in (private DNS zones, custom DNS servers); ${proxyHint}.`,
      ),
    );
  }
  return tryAgain(
    failure(
      `the connection to ${way} failed`,
      `Allow outbound HTTPS (port 443) from this app to ${host} in firewall and network rules, check ${urlSetting}, and ${proxyHint}.`,
    ),
  );
}

/** A tunnel that was refused shows as an aborted request, since undici keeps no code for it. */
function isProxyFault(code: string, proxied: boolean): boolean {
  return code.startsWith("UND_ERR_PRX") || (proxied && code === "UND_ERR_ABORTED");
}

/** OpenSSL's names: the peer's alert, or our own refusal of what it offered. */
function isTlsVersionFault(code: string): boolean {
  return /^ERR_SSL_(?:.*PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE)$/.test(code);
}

/** Handshake and certificate errors of Node and OpenSSL: they do not pass by themselves. */
function isTlsFault(code: string): boolean {
  return /^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/.test(
    code,
  );
}

function tryAgain(failure: Failure): Verdict<never> {
  return { kind: "try-again", failure };
}

function giveUp(failure: Failure): Verdict<never> {
  return { kind: "give-up", failure };
}
