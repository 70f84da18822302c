import { memoryNotices } from "../../../src/notify/notices/memory-notices.ts";
import { describeNoticeStore } from "../../contracts/notice-store.ts";

describeNoticeStore("the memory", async () => {
  const store = memoryNotices();
  return { store, again: store };
});
