// The typed settings of the bridge: what `loadSettings` gives when every app setting is right.
import type { AllowedRecipients, MailAddress } from "../mail-address.ts";
import type { FeedRoutes } from "./feed-sinks.ts";
import type { StartFrom } from "./start-from.ts";
import type { WebhookSettings } from "./webhook-settings.ts";

export interface Settings {
  readonly microshare: MicroshareSettings;
  /** At least one; names are unique. */
  readonly feeds: readonly FeedSettings[];
  /** Each feed, with the sinks it goes to: one at least. */
  readonly routes: readonly FeedRoutes[];
  readonly state: StateSettings;
  /** NCRONTAB. */
  readonly schedule: string;
  /** How long one run may take; below the host's own time-out. */
  readonly timeBudgetMs: number;
  readonly logLevel: LogLevel;
  /** Most bytes of records held in memory to be put into time order. */
  readonly sliceMaxBytes: number;
  /** Most bytes of answers between the API and the sinks, but for what each feed cannot go on without. */
  readonly inFlightMaxBytes: number;
  readonly sendTimeoutMs: number;
  readonly leaseTermMs: number;
  readonly removePersonalFields: boolean;
  readonly proxy: ProxySettings;
  /** Absent while NOTIFY is off. */
  readonly notify?: NotifySettings;
  /** Absent while WEBHOOK is off. */
  readonly webhook?: WebhookSettings;
  /** Absent while NOTIFY is off, and when nobody would get one. */
  readonly notices?: NoticeSettings;
}

/** E-mail, where it is switched on. */
export interface NotifySettings {
  readonly access:
    | { readonly kind: "key"; readonly endpoint: string; readonly accessKey: string }
    | { readonly kind: "identity"; readonly endpoint: string; readonly clientId?: string };
  readonly sender: string;
  readonly allowed: AllowedRecipients;
  /** Of the service, for all processes together. */
  readonly mailsPerMinute: number;
  readonly mailsPerHour: number;
  /** To the function, per instance. */
  readonly requestsPerMinute: number;
}

/** Automatic notices: to whom, and what is worth one. */
export interface NoticeSettings {
  /** Allowed recipients; empty when only rules have readers. */
  readonly to: readonly MailAddress[];
  readonly afterFailures: number;
  readonly coolDownMs: number;
  readonly watermarkAgeMs: number;
  /** Absent for never. */
  readonly quietMs?: number;
  readonly rules: readonly RuleSettings[];
  /** Those that cannot be used, by name or place. */
  readonly brokenRules: readonly { readonly rule: string; readonly problem: string; readonly fix: string }[];
}

export const COMPARISONS = [">", ">=", "<", "<=", "==", "!=", "exists", "absent"] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** Which records are worth a mail. */
export interface RuleSettings {
  readonly name: string;
  /** Absent for every feed. */
  readonly feed?: string;
  /** JSONPath (RFC 9535) into the record, as written. */
  readonly path: string;
  readonly comparison: Comparison;
  /** Absent exactly for `exists` and `absent`. */
  readonly threshold?: string | number | boolean | null;
  readonly coolDownMs: number;
  readonly to: readonly MailAddress[];
  readonly template: string;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Who reports, and by which way. */
export type TelemetrySettings = {
  /** Of the calls that went well. */
  readonly samplingPercent: number;
  /** The host itself is in OpenTelemetry mode: it leaves the app's lines to an app that says it sends them. */
  readonly hostUsesOpenTelemetry: boolean;
} & (
  | { readonly kind: "host" }
  | {
      readonly kind: "application-insights";
      readonly connectionString: string;
      /** With an identity instead of the instrumentation key alone. */
      readonly authentication?: { readonly clientId?: string };
    }
  | {
      readonly kind: "otlp";
      /** Without a slash at the end. */
      readonly endpoint: string;
      readonly headers: Readonly<Record<string, string>>;
    }
);

/** For calls to Microshare and for Event Hubs over WebSockets. Empty when no proxy is set. */
export interface ProxySettings {
  /** May hold a user name and password. */
  readonly proxyUrl?: string;
  /** Hosts that are reached without the proxy, separated by commas. */
  readonly noProxy?: string;
}

/** One account at the Microshare platform. Base addresses have no slash at the end. */
export interface MicroshareSettings {
  readonly authMode: "oauth2" | "web";
  /** How the OAuth2 token request carries its parameters. */
  readonly tokenTransport: "body" | "query";
  readonly username: string;
  readonly password: string;
  /** Always set for `oauth2`. */
  readonly apiKey?: string;
  readonly scope: string;
  /** The identity (tenant) the token must act under. */
  readonly identity?: string;
  readonly authUrl: string;
  readonly apiUrl: string;
  readonly appUrl: string;
  readonly minTls: "TLSv1.2" | "TLSv1.3";
  /** Requests in flight at the same time. */
  readonly concurrency: number;
  readonly requestTimeoutMs: number;
  /** Of one answer, after decompression. */
  readonly maxResponseBytes: number;
}

export type FeedKind = "share" | "view" | "dashboard";

/** Where the time of a record is found. */
export type TimeField = "auto" | "createDate" | "data.meta.iot.time" | "data.time";

/** One thing that is polled. */
export interface FeedSettings {
  /** Stable for ever: progress is saved under it. */
  readonly name: string;
  readonly kind: FeedKind;
  /** Of the data, never of the view. */
  readonly recType: string;
  /** Set exactly for `view` and `dashboard`. */
  readonly viewId?: string;
  readonly viewRecType: string;
  /** Placeholders of the view beside those the bridge fills itself; values as they go into the query, not encoded. */
  readonly viewParameters: Readonly<Record<string, string>>;
  /** The view's own `$limit`; wins over its definition. */
  readonly viewLimit?: number;
  readonly viewTrailingSlash: boolean;
  /** Tags; empty when not set. */
  readonly dataContext: readonly string[];
  /** Set for `dashboard`: either these or `deviceCluster`. For `view` only beside a parameter loc1 that is a pattern. */
  readonly locations?: readonly string[];
  readonly deviceCluster?: DeviceCluster;
  /** For `view` and `dashboard`; never empty. */
  readonly categories?: readonly string[];
  readonly metrics?: readonly string[];
  /** A view that counts the records of a window. */
  readonly countViewId?: string;
  /** Part of `owner.org`. */
  readonly ownerFilter?: string;
  readonly timeField: TimeField;
  readonly pageSize: number;
  readonly timing: FeedTiming;
  /** Names of the sinks it goes to; absent for all. */
  readonly sinks?: readonly string[];
  readonly updates: "forward" | "first-only";
  /** Its records come by the webhook too. */
  readonly push?: true;
}

/** Where locations are found. */
export interface DeviceCluster {
  /** The cluster's source type, which ends in `packed`. */
  readonly recType: string;
  readonly id: string;
}

export interface FeedTiming {
  /** Not resolved: a duration counts back from the first attempt. */
  readonly startFrom: StartFrom;
  readonly lookbackMs: number;
  readonly deepLookbackMs: number;
  readonly settleDelayMs: number;
  readonly windowMs: number;
}

export interface EventHubSettings {
  readonly hubName: string;
  /** For messages and logs: the namespace's host, with a port when one was given. */
  readonly host: string;
  /** What an operator is told to correct when the service refuses. */
  readonly setting: string;
  readonly access:
    | { readonly kind: "connection-string"; readonly connectionString: string }
    | { readonly kind: "identity"; readonly namespace: string; readonly clientId?: string };
  /** `amqp` for an emulator, whose connection string then switches TLS off. */
  readonly transport: "websocket" | "amqp";
  readonly consumerGroup: string;
  /** Of the namespace, for the bridge; absent for no bound. */
  readonly throughputUnits?: number;
}

export interface StateSettings {
  readonly storage: StorageAccess;
  readonly table: string;
  readonly deadLetterContainer: string;
  readonly deadLetterRetentionMs: number;
}

export type StorageAccess =
  | { readonly kind: "connection-string"; readonly connectionString: string }
  | {
      readonly kind: "identity";
      readonly tableServiceUrl: string;
      readonly blobServiceUrl: string;
      /** `default` tries what the machine offers: a managed identity in Azure, the developer's own login elsewhere. */
      readonly credential: "managed-identity" | "default";
      readonly clientId?: string;
    };
