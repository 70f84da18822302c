import { memoryOutbox } from "../../src/notify/memory-outbox.ts";
import { describeMailOutbox } from "../contracts/mail-outbox.ts";

describeMailOutbox("the outbox in memory", async (now) => {
  const outbox = memoryOutbox(now);
  return { outbox, again: outbox };
});
