import { codecCases } from "./codec-cases.ts";
import type { MicroCase } from "./micro-case.ts";
import { stateCases } from "./state-cases.ts";

/** All cases. */
export const microCases: readonly MicroCase[] = [...codecCases, ...stateCases];
