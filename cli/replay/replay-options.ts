import { OptionReader, type Checked, type GivenFlags } from "../options/option-reader.ts";
import type { Reader } from "../options/readers.ts";
import type { MomentOf } from "../../shared/recording/moment.ts";

/** What `roomline replay` was asked for. */
export interface ReplayOptions {
  /** A file, or the folder of one recording. */
  readonly file: string;
  /** The module with the rooms, for `verify`. */
  readonly module: string | undefined;
  /** Undefined: all of it, as a timeline. A time is in microseconds since its beginning. */
  readonly at: { readonly tick: number } | { readonly sinceStartUs: number } | undefined;
  readonly verify: boolean;
  readonly json: boolean;
}

/** A moment: a tick, or a time since the beginning. */
const moment: Reader<NonNullable<ReplayOptions["at"]>> = {
  expected: "a tick such as 1200, or a time since the beginning such as 12.5s, 90s or 3:20",
  read(text) {
    const [, tick] = /^(\d+)$/.exec(text) ?? [];
    if (tick !== undefined) return { tick: Number(tick) };
    const [, seconds] = /^(\d+(?:\.\d+)?)s$/.exec(text) ?? [];
    if (seconds !== undefined) return { sinceStartUs: Number(seconds) * 1e6 };
    const [, hours = "0", minutes, rest] = /^(?:(\d+):)?(\d+):(\d\d(?:\.\d+)?)$/.exec(text) ?? [];
    if (minutes === undefined) return undefined;
    return { sinceStartUs: (Number(hours) * 3_600 + Number(minutes) * 60 + Number(rest)) * 1e6 };
  },
};

/** Checks the flags of `roomline replay`. */
export function resolveReplayOptions(
  { file, module }: { readonly file: string; readonly module: string | undefined },
  flags: GivenFlags,
): Checked<ReplayOptions> {
  const reader = new OptionReader(flags, {});
  const at = reader.value("--at", moment);
  const verify = reader.isSet("--verify");
  if (verify && module === undefined)
    reader.complain(
      "--verify runs the code of the room: give the module that exports your rooms, too.",
    );
  if (!verify && module !== undefined)
    reader.complain("ROOMS is for --verify, which runs the code of the room.");
  if (verify && at !== undefined) reader.complain("Give --verify or --at, not both.");
  const { mistakes } = reader;
  const json = reader.isSet("--json");
  return mistakes.length === 0
    ? { ok: true, value: { file, module, at, verify, json } }
    : { ok: false, mistakes };
}

/** The moment in terms of a recording that begins at this time. */
export function momentIn(at: NonNullable<ReplayOptions["at"]>, startUs: number): MomentOf {
  return "tick" in at ? at : { atUs: startUs + at.sinceStartUs };
}
