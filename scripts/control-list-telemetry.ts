// The controls of telemetry: what it promises to those who watch, and to those who do not.
import type { Control } from "./control-list.ts";

export const telemetryControls: readonly Control[] = [
  {
    name: "telemetry: sampled without regard to the outcome",
    promise: "sampling never drops a failure",
    edits: [
      {
        file: "src/telemetry/leaving-span.ts",
        find: "if (percent >= 100 || mattersAlways(span)) return true;",
        replace: "if (percent >= 100) return true;",
      },
    ],
    check: ["test/integration/telemetry-sampling.test.ts"],
  },
  {
    name: "telemetry: delivered some time",
    promise: "telemetry is delivered before the handler ends",
    edits: [
      {
        file: "src/app.ts",
        find: "          await bridge.close();\n          await deliver();",
        replace: "          await bridge.close();\n          void deliver();",
      },
    ],
    check: ["test/integration/telemetry.test.ts"],
  },
  {
    name: "telemetry: texts as they come",
    promise: "no secret leaves by telemetry",
    edits: [
      {
        file: "src/telemetry/otel-signals.ts",
        find: "  const { exporters, redact, samplingPercent, noteFailure } = options;",
        replace:
          "  const { exporters, samplingPercent, noteFailure } = options;\n  const redact: Redact = (text) => text;",
      },
    ],
    check: ["test/integration/telemetry-secrets.test.ts"],
  },
  {
    name: "telemetry: trace context in the events",
    promise: "telemetry changes no byte of an event",
    edits: [
      {
        file: "src/telemetry/observed-ports.ts",
        find: "        () => sink.send(events, ...how),",
        replace:
          '        () => sink.send(events.map((event) => ({ ...event, properties: { ...event.properties, "Diagnostic-Id": "00" } })), ...how),',
      },
    ],
    check: ["test/integration/telemetry-secrets.test.ts"],
  },
  {
    name: "telemetry: the SDK believed",
    promise: "what was not delivered is told",
    edits: [
      {
        file: "src/telemetry/azure-monitor-exporters.ts",
        find: "        if (response.status !== 200) noteFailure(",
        replace: "        if (response.status < 200) noteFailure(",
      },
      {
        file: "src/telemetry/azure-monitor-exporters.ts",
        find: "        noteFailure(error instanceof Error ? error.message : String(error));",
        replace: "        void error;",
      },
    ],
    check: ["test/integration/telemetry-failures.test.ts"],
  },
  {
    name: "telemetry: refused lines forgotten",
    promise: "log lines never vanish",
    edits: [
      {
        file: "src/watch.ts",
        find: "        if (hostLeavesLines) for (const line of delivered.lostLines) lastResort(line);",
        replace: "",
      },
    ],
    check: ["test/integration/telemetry-failures.test.ts"],
  },
  {
    name: "telemetry: loaded with the app",
    promise: "who leaves reporting to the host loads nothing for it",
    edits: [
      {
        file: "src/telemetry/open-telemetry.ts",
        find: 'import type { Exporters, NoteFailure } from "./exports.ts";',
        replace: 'import type { Exporters, NoteFailure } from "./exports.ts";\nimport "./otlp-exporters.ts";',
      },
    ],
    check: ["test/architecture.test.ts"],
  },
];
