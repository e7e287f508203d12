import type { LobbyFilter } from "roomline/client";
import {
  OptionReader,
  type Checked,
  type Environment,
  type GivenFlags,
} from "../options/option-reader.ts";
import { nonEmpty } from "../options/readers.ts";
import { readTarget, targetEnvironment, type TargetOptions } from "../target/target-options.ts";

/** What `roomline rooms` was asked for. */
export interface RoomsOptions {
  readonly target: TargetOptions;
  readonly filter: LobbyFilter;
  /** Whether to go on with the changes. */
  readonly watch: boolean;
  readonly json: boolean;
}

/** Checks the flags of `roomline rooms`. */
export function resolveRoomsOptions(flags: GivenFlags, env: Environment): Checked<RoomsOptions> {
  const reader = new OptionReader(flags, targetEnvironment(env));
  const roomType = reader.value("--type", nonEmpty("the name of a room type"));
  const value: RoomsOptions = {
    target: readTarget(reader),
    filter: { joinable: reader.isSet("--joinable"), ...(roomType !== undefined && { roomType }) },
    watch: reader.isSet("--watch"),
    json: reader.isSet("--json"),
  };
  const { mistakes } = reader;
  return mistakes.length === 0 ? { ok: true, value } : { ok: false, mistakes };
}
