import { memoryOutbox } from "../../src/notify/memory-outbox.ts";
import { describeMailOutbox } from "../contracts/mail-outbox.ts";

describeMailOutbox("the outbox in memory", async (now, mostOpen) => {
  const outbox = memoryOutbox(now, mostOpen);
  return { outbox, again: outbox };
});
