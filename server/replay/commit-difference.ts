import { toBinary, create } from "@bufbuild/protobuf";
import {
  EntrySchema,
  SeatAnswerSchema,
  type Entry,
  type StateDiff,
} from "../../shared/gen/roomline/node/v1/node_pb.ts";
import type { Commit as RecordedCommit } from "../../shared/gen/roomline/recording/v1/recording_pb.ts";
import { sameBytes } from "../../shared/state/scalar-codec.ts";
import type { EphemeralEntry, LogEntry, StatePatch } from "../feed/feed.ts";
import { answerToWire, entryToWire } from "../feed/record-codec.ts";
import type { SeenCommit } from "../recording/seen-state.ts";

/** What of a commit can differ. */
export type DifferingPart =
  "tick" | "state" | "hidden" | "events" | "ephemerals" | "acks" | "answers";

/** The first part in which a commit is not the one that was recorded; undefined: it is the same, to the byte. */
export function differingPart(
  recorded: RecordedCommit,
  seen: SeenCommit,
): DifferingPart | undefined {
  const { commit, patch, hidden } = seen;
  if (!samePatch(recorded.patch, patch)) return "state";
  if (!samePatch(recorded.hidden, hidden)) return "hidden";
  if (!sameEntries(recorded.entries, commit.entries)) return "events";
  if (!sameEntries(recorded.ephemerals, commit.ephemerals)) return "ephemerals";
  if (!sameAcks(recorded.acks, commit.acks)) return "acks";
  if (!sameAnswers(recorded, seen)) return "answers";
  return Number(recorded.tick) === commit.stateTick ? undefined : "tick";
}

function samePatch(recorded: StateDiff | undefined, patch: StatePatch | undefined): boolean {
  if (recorded === undefined || patch === undefined) return recorded === patch;
  return (
    Number(recorded.baseTick) === patch.baseTick &&
    Number(recorded.tick) === patch.tick &&
    sameBytes(recorded.body, patch.body)
  );
}

function sameEntries(
  recorded: readonly Entry[],
  entries: readonly (EphemeralEntry & Partial<LogEntry>)[],
): boolean {
  return (
    recorded.length === entries.length &&
    recorded.every((entry, at) => {
      const other = entries[at];
      return other !== undefined && sameEntry(entry, other);
    })
  );
}

function sameEntry(recorded: Entry, entry: EphemeralEntry & Partial<LogEntry>): boolean {
  if (recorded.audience !== undefined || entry.audience !== undefined)
    return sameBytes(
      toBinary(EntrySchema, recorded),
      toBinary(EntrySchema, create(EntrySchema, entryToWire(entry))),
    );
  return (
    Number(recorded.cursor) === (entry.cursor ?? 0) &&
    Number(recorded.afterTick) === (entry.afterTick ?? 0) &&
    sameBytes(recorded.body, entry.body)
  );
}

function sameAcks(recorded: readonly bigint[], acks: readonly number[]): boolean {
  return recorded.length === acks.length && recorded.every((ack, at) => Number(ack) === acks[at]);
}

function sameAnswers({ answers }: RecordedCommit, { commit }: SeenCommit): boolean {
  return (
    answers.length === commit.answers.length &&
    answers.every((answer, at) => {
      const other = commit.answers[at];
      if (other === undefined) return false;
      const wire = create(SeatAnswerSchema, answerToWire(other));
      return sameBytes(toBinary(SeatAnswerSchema, answer), toBinary(SeatAnswerSchema, wire));
    })
  );
}
