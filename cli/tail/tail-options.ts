import {
  OptionReader,
  type Checked,
  type Environment,
  type GivenFlags,
} from "../options/option-reader.ts";
import { nonEmpty } from "../options/readers.ts";
import { readTarget, targetEnvironment, type TargetOptions } from "../target/target-options.ts";

/** What `roomline tail` was asked for. */
export interface TailOptions {
  readonly target: TargetOptions;
  readonly room: string;
  /** Empty: all. */
  readonly kinds: readonly string[];
  readonly from: { readonly start: "oldest" | "live" } | { readonly cursor: string };
  readonly json: boolean;
}

/** Checks the flags of `roomline tail`. */
export function resolveTailOptions(
  room: string,
  flags: GivenFlags,
  env: Environment,
): Checked<TailOptions> {
  const reader = new OptionReader(flags, targetEnvironment(env));
  if (room === "" || room.length > 128) reader.complain("ROOM is the id of a room.");
  const kinds = reader.value("--kinds", nonEmpty("kinds of events with commas in between")) ?? "";
  const from = reader.value("--from", nonEmpty("oldest, live, or a cursor")) ?? "live";
  const value: TailOptions = {
    target: readTarget(reader),
    room,
    kinds: kinds.split(",").flatMap((kind) => (kind.trim() === "" ? [] : [kind.trim()])),
    from: from === "oldest" || from === "live" ? { start: from } : { cursor: from },
    json: reader.isSet("--json"),
  };
  const { mistakes } = reader;
  return mistakes.length === 0 ? { ok: true, value } : { ok: false, mistakes };
}
