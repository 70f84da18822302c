// The setting that names several sinks; what stands in it is read by the files sink-*.ts.
import { anyText } from "./formats.ts";
import { settings } from "./setting.ts";

export const sinkSettings = settings({
  SINKS: {
    group: "Several sinks",
    schema: anyText,
    format: "a JSON array of sinks (see below)",
    example: `[{"name":"event-hub","kind":"event-hub","connectionStringSetting":"EVENT_HUB_CONNECTION_STRING"}]`,
    reason:
      "Where events go, when one event hub is not enough: every feed goes to each of them unless it names some. No secret stands in it: it names other app settings.",
  },
});
