// Where the bundled command line begins: in a container there is no bin/bridge.mjs, and no other Node to start.
import { start } from "./main.ts";

await start();
