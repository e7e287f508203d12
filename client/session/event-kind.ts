import type { Contract } from "../../shared/contract/contract.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { suggestion } from "../../shared/known-names.ts";

/** Refuses a kind of event that the contract does not have. @throws RoomlineError `unknown-kind` */
export function checkEventKind({ events }: Contract, kind: string): void {
  if (Object.hasOwn(events, kind)) return;
  throw new RoomlineError(
    "unknown-kind",
    `The contract has no event "${kind}". ${suggestion(kind, Object.keys(events))}`,
  );
}
