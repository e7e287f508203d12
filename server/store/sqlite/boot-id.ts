import { readFileSync } from "node:fs";
import { uptime } from "node:os";
import { timeOfDay } from "../../../shared/clock.ts";

/** What this start of the machine is called: where it has no name, when it was, give or take. */
export function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return String(Math.round((timeOfDay() / 1_000 - uptime()) / bootSeconds));
  }
}

/** Within so many seconds, two starts of a machine are taken for one. */
const bootSeconds = 30;
