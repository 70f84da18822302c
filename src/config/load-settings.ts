// From the text of the app settings to typed settings, or to the list of everything that is wrong with them.
import { complaintAbout, givenText, isSecret } from "./check-text.ts";
import { pushWithoutWebhook } from "./feed-push.ts";
import { routesOf } from "./feed-sinks.ts";
import { type FeedsFile, readFeeds } from "./feed-list.ts";
import { readMicroshare } from "./microshare-settings.ts";
import { secretsInSinks } from "./inline-secrets.ts";
import { meantSetting } from "./near-miss.ts";
import { readNotices } from "./notice-settings.ts";
import { readNotify } from "./notify-settings.ts";
import { describeProblem, type SettingProblem } from "./problems.ts";
import { type Display, safeDisplay } from "./safe-display.ts";
import { settingReader, type SettingReader } from "./setting-reader.ts";
import { readSinks } from "./sink-list.ts";
import { type SettingName, settingNames } from "./settings-table.ts";
import type { NoticeSettings, NotifySettings, ProxySettings, Settings, TelemetrySettings } from "./settings.ts";
import { readState } from "./state-settings.ts";
import { hostUsesOpenTelemetry } from "./telemetry-mode.ts";
import { readTelemetry } from "./telemetry-settings.ts";
import { timeBudget } from "./time-budget.ts";
import { readWebhook } from "./webhook-settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What settings need from files; see `readSettingsFiles`. */
export interface SettingsFiles {
  /** `functionTimeout` as written in host.json; absent when the file does not say. */
  readonly functionTimeout?: string;
  /** `telemetryMode` as written in host.json; absent when the file does not say. */
  readonly telemetryMode?: string;
  /** What FEEDS_FILE names; absent when it is not set. */
  readonly feedsFile?: FeedsFile;
}

export type LoadedSettings =
  | { readonly kind: "valid"; readonly settings: Settings }
  /** All of them; never empty. */
  | { readonly kind: "invalid"; readonly problems: readonly SettingProblem[] };

/** Never throws, whatever the texts are. No problem holds a secret. */
export function loadSettings(environment: Environment, files: SettingsFiles): LoadedSettings {
  const display = safeDisplay(secretsOf(environment));
  const problems = new Map<string, SettingProblem>();
  // Several feeds can inherit the same wrong value: it is told once.
  const report = (problem: SettingProblem) => void problems.set(describeProblem(problem), problem);

  const { valid, wrong } = checkTexts(environment, display, report);
  reportNearMisses(environment, report);
  const reader = settingReader(valid, wrong);
  const microshare = readMicroshare(reader, report);
  const feeds = readFeeds({ valid, wrong, feedsFile: files.feedsFile, display, report });
  const sinks = readSinks({ environment, valid, wrong, display, report });
  const routes = routesOf(feeds, sinks ?? [], sinks === undefined ? unsaid : report, listOf(reader));
  const state = readState(reader, report);
  // The host lets an app setting override any key of host.json.
  const functionTimeout = environment["AzureFunctionsJobHost__functionTimeout"] ?? files.functionTimeout;
  const timeBudgetMs = timeBudget(reader, functionTimeout, report);
  const leases = readLeases(reader, timeBudgetMs, report);
  readTelemetry(reader, hostUsesOpenTelemetry(environment, files), report);
  const notify = readNotify(reader, report);
  const webhook = readWebhook(reader, sinks ?? [], report);
  const notices = readNotices(
    reader,
    notify?.allowed,
    feeds.map(({ name }) => name),
    report,
  );
  const unheard = pushWithoutWebhook(feeds, reader, listOf(reader));
  if (unheard !== undefined) report(unheard);

  if (problems.size > 0 || sinks === undefined || state === undefined) {
    return { kind: "invalid", problems: [...problems.values()] };
  }
  return {
    kind: "valid",
    settings: {
      microshare,
      feeds,
      routes,
      state,
      schedule: reader.withDefault("POLL_SCHEDULE"),
      timeBudgetMs,
      logLevel: reader.withDefault("LOG_LEVEL"),
      sliceMaxBytes: reader.withDefault("SLICE_MAX_BYTES"),
      inFlightMaxBytes: reader.withDefault("IN_FLIGHT_MAX_BYTES"),
      ...leases,
      removePersonalFields: reader.withDefault("REMOVE_PERSONAL_FIELDS"),
      proxy: readProxy(reader),
      ...(notify === undefined ? {} : { notify }),
      ...(webhook === undefined ? {} : { webhook }),
      ...(notices === undefined ? {} : { notices }),
    },
  };
}

/**
 * Who reports, whatever the other settings are worth: also of settings that are wrong something has to be told. Never
 * throws; what is wrong in these settings themselves is for `loadSettings` to say, and leaves the host to report alone.
 */
export function loadTelemetry(
  environment: Environment,
  files: Pick<SettingsFiles, "telemetryMode">,
): TelemetrySettings {
  const { valid, wrong } = checkTexts(environment, safeDisplay([]), unsaid);
  return readTelemetry(settingReader(valid, wrong), hostUsesOpenTelemetry(environment, files), unsaid);
}

/** What mails need, beside who gets notices. */
export interface MailSettings {
  readonly notify: NotifySettings;
  readonly state: Settings["state"];
  readonly logLevel: Settings["logLevel"];
  /** As in `Settings`, but for rules. */
  readonly notices?: NoticeSettings;
}

/**
 * The settings of e-mail, whatever the others are worth: that these are wrong has to be told by mail, too. Undefined when
 * e-mail is off, or its own settings or those of the state are wrong. Never throws.
 */
export function loadMail(environment: Environment): MailSettings | undefined {
  const { valid, wrong } = checkTexts(environment, safeDisplay([]), unsaid);
  const reader = settingReader(valid, wrong);
  const notify = readNotify(reader, unsaid);
  const state = readState(reader, unsaid);
  if (notify === undefined || state === undefined) return undefined;
  const notices = readNotices(reader, notify.allowed, [], unsaid);
  const logLevel = reader.withDefault("LOG_LEVEL");
  return { notify, state, logLevel, ...(notices === undefined ? {} : { notices }) };
}

function unsaid(): void {}

function listOf(reader: SettingReader): "FEEDS" | "FEEDS_FILE" {
  return reader.isGiven("FEEDS_FILE") ? "FEEDS_FILE" : "FEEDS";
}

/** A send must fit into a lease several times, or a run would have to stop sending between two renewals. */
function readLeases(
  reader: SettingReader,
  timeBudgetMs: number,
  report: (problem: SettingProblem) => void,
): Pick<Settings, "sendTimeoutMs" | "leaseTermMs"> {
  const sendTimeoutMs = reader.withDefault("SEND_TIMEOUT");
  const leaseTermMs = reader.withDefault("LEASE_TERM");
  if (leaseTermMs < 4 * sendTimeoutMs) {
    report({
      setting: "LEASE_TERM",
      problem: "is shorter than four times SEND_TIMEOUT",
      fix: "Raise LEASE_TERM to at least four times SEND_TIMEOUT, or lower SEND_TIMEOUT.",
    });
  }
  // A run that finds a dead one's lease watches it for a term and then waits for its last sends, within its own time.
  if (timeBudgetMs < 2 * leaseTermMs) {
    report({
      setting: "LEASE_TERM",
      problem: "is longer than half of the time that one run may take",
      fix: "Lower LEASE_TERM, or raise TIME_BUDGET to at least twice LEASE_TERM: else no run could ever take over from a dead one.",
    });
  }
  return { sendTimeoutMs, leaseTermMs };
}

interface CheckedTexts {
  readonly valid: ReadonlyMap<SettingName, string>;
  readonly wrong: ReadonlySet<SettingName>;
}

/** Checks each setting by itself, used or not: a wrong value that happens to be unused today is a trap tomorrow. */
function checkTexts(
  environment: Environment,
  display: Display,
  report: (problem: SettingProblem) => void,
): CheckedTexts {
  const valid = new Map<SettingName, string>();
  const wrong = new Set<SettingName>();
  for (const name of settingNames) {
    const text = givenText(name, environment[name]);
    if (text === undefined) continue;
    const complaint = complaintAbout(name, text);
    if (complaint === undefined) {
      valid.set(name, text);
      continue;
    }
    wrong.add(name);
    const shown = isSecret(name) ? undefined : display(text);
    report({ setting: name, ...complaint, ...(shown === undefined ? {} : { value: shown }) });
  }
  return { valid, wrong };
}

function reportNearMisses(environment: Environment, report: (problem: SettingProblem) => void): void {
  const named = secretsInSinks(environment["SINKS"] ?? "").settings;
  for (const [name, text] of Object.entries(environment)) {
    const meant = text === undefined || text === "" || named.includes(name) ? undefined : meantSetting(name);
    if (meant === undefined) continue;
    report({
      setting: name,
      problem: "is not a setting of the bridge",
      fix: `Did you mean ${meant}? Rename it, or remove it.`,
    });
  }
}

function readProxy(reader: SettingReader): ProxySettings {
  const proxyUrl = reader.optional("HTTPS_PROXY");
  const noProxy = reader.optional("NO_PROXY");
  return { ...(proxyUrl === undefined ? {} : { proxyUrl }), ...(noProxy === undefined ? {} : { noProxy }) };
}

/**
 * Everything in the app settings that must not be shown: the values of secret settings and of those that SINKS names, the
 * keys inside them, and what stands in SINKS although it must not.
 */
export function secretsOf(environment: Environment): readonly string[] {
  const { settings: named, inline } = secretsInSinks(environment["SINKS"] ?? "");
  const texts = [...new Set([...settingNames.filter(isSecret), ...named])].map((name) => environment[name] ?? "");
  return [...texts, ...inline].flatMap((whole) => {
    const text = whole.trim();
    if (text === "") return [];
    return [text, ...[...text.matchAll(KEY_INSIDE)].flatMap((match) => match.slice(1).filter(Boolean))];
  });
}

/** The key of a connection string, the signature of a shared access signature, the password of a proxy. */
const KEY_INSIDE = /(?:SharedAccessKey|AccountKey|\b[Aa]ccess[Kk]ey|\bsig)=\s*([^;&\s]+)|:\/\/[^/@:]*:([^/@]+)@/g;
