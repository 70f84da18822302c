// The webhook of the bridge on the adapter, as one instance in a process of its own. Tells its address, and ends with its parent.
import { loadSwitches } from "../../src/config/switches.ts";
import { functionOpeners } from "../../src/function-openers.ts";
import { registerFunctions } from "../../src/functions/register.ts";
import { collectFunctions } from "../../src/host/collected-functions.ts";
import { serveAsInstance, webhookTask } from "../webhook-instance.ts";

const { connectionString } = webhookTask();
const environment = {
  MICROSHARE_USERNAME: "somebody@example.com",
  MICROSHARE_PASSWORD: "a password that is not used",
  MICROSHARE_API_KEY: "11111111-2222-3333-4444-555555555555",
  MICROSHARE_DATA_CONTEXT: "EXAMPLE",
  RECORD_TYPE: "io.example.counter",
  AzureWebJobsStorage:
    "DefaultEndpointsProtocol=http;AccountName=unused;AccountKey=bm90IHVzZWQ=;TableEndpoint=http://127.0.0.1:1/unused;BlobEndpoint=http://127.0.0.1:1/unused;QueueEndpoint=http://127.0.0.1:1/unused;",
  SINKS: JSON.stringify([{ name: "queue", kind: "service-bus", connectionStringSetting: "QUEUE_CONNECTION" }]),
  QUEUE_CONNECTION: connectionString,
  WEBHOOK: "on",
  WEBHOOK_SINK: "queue",
  WEBHOOK_REQUESTS_PER_MINUTE: "10000000",
};
const functions = collectFunctions();
registerFunctions(functions, loadSwitches(environment), functionOpeners({ environment, appRoot: "/nowhere" }));
await serveAsInstance(functions.https);
