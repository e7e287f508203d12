import {
  OptionReader,
  type Checked,
  type Environment,
  type GivenFlags,
} from "../options/option-reader.ts";
import { nonEmpty } from "../options/readers.ts";

/** What the commands of `roomline store` are asked for. */
export interface StoreOptions {
  /** The folder of the store. */
  readonly folder: string;
}

/** Checks the flags and environment variables of `roomline store`. */
export function resolveStoreOptions(flags: GivenFlags, env: Environment): Checked<StoreOptions> {
  const reader = new OptionReader(flags, env);
  const folder = reader.value("--data", nonEmpty("the path of a folder"));
  const { mistakes } = reader;
  if (mistakes.length > 0) return { ok: false, mistakes };
  if (folder !== undefined) return { ok: true, value: { folder } };
  return {
    ok: false,
    mistakes: ["There is no store: give --data DIR, or set ROOMLINE_DATA, as for roomline serve."],
  };
}
