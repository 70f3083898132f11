import type { HeadsPage } from "@/packages/api/types";

const MS_NS = 1_000_000n;

/** Trades that one signed head added to the log, by their places in it from 1. */
export interface Batch {
  /** Null where only an older head would tell. */
  readonly first: number | null;
  readonly last: number;
  readonly sequence: number;
  readonly time: string;
  readonly root: string;
}

/** Returns the batches of a page of heads, newest first. One begins where the one before it ended. */
export function batchesOf(page: HeadsPage): readonly Batch[] {
  const { heads } = page;
  const begins = (at: number) => {
    const before = heads[at + 1];
    if (before) return before.size + 1;
    return page.next_cursor === null ? 1 : null;
  };
  return heads.map((head, at) => ({
    first: begins(at),
    last: head.size,
    sequence: head.sequence,
    time: new Date(Number(BigInt(head.time_ns) / MS_NS)).toISOString(),
    root: head.root,
  }));
}
