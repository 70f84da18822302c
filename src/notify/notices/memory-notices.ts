// What is remembered of notices in memory, for tests: the same compare-and-swap as in the state table.
import { noticeStateText, NO_NOTICES, readNoticeState } from "./notice-state.ts";
import type { NoticeStore } from "./notice-store.ts";

export interface MemoryNotices extends NoticeStore {
  /** Calls, as `load` and `save`. */
  readonly calls: readonly string[];
}

export function memoryNotices(): MemoryNotices {
  let text: string | undefined;
  let writes = 0;
  const calls: string[] = [];
  const revision = (): string | undefined => (text === undefined ? undefined : `revision ${writes}`);
  return {
    calls,
    async load() {
      calls.push("load");
      const now = revision();
      const state = (text === undefined ? undefined : readNoticeState(text)) ?? NO_NOTICES;
      return now === undefined ? { state } : { state, revision: now };
    },
    async save(state, seen) {
      calls.push("save");
      if (seen !== revision()) return undefined;
      writes += 1;
      text = noticeStateText(state);
      return `revision ${writes}`;
    },
  };
}
