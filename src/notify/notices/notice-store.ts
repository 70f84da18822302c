// Where what is remembered of notices is kept: one value, changed only by those who have seen it as it is.
import type { NoticeState } from "./notice-state.ts";

export interface SavedNotices {
  readonly state: NoticeState;
  /** Opaque; absent when nothing was ever saved. */
  readonly revision?: string;
}

export interface NoticeStore {
  /** Nothing saved yet is a state without notices. Throws the errors of the state table. */
  load(): Promise<SavedNotices>;
  /**
   * Resolves with the new revision, or with `undefined` when somebody else saved since `revision` was seen, and nothing has
   * changed. Throws the errors of the state table.
   */
  save(state: NoticeState, revision: string | undefined): Promise<string | undefined>;
}
