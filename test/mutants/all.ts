import { clientMutants } from "./clients.ts";
import { connectionMutants } from "./connections.ts";
import { devMutants } from "./dev.ts";
import type { Mutant } from "./mutant.ts";
import { imageMutants } from "./images.ts";
import { journalMutants } from "./journal.ts";
import { moveMutants } from "./moves.ts";
import { nodeMutants } from "./nodes.ts";
import { operatorMutants } from "./operators.ts";
import { playgroundMutants } from "./playground.ts";
import { roomMutants } from "./rooms.ts";
import { seamMutants } from "./seam.ts";
import { serviceMutants } from "./services.ts";
import { sessionMutants } from "./sessions.ts";
import { sleepMutants } from "./sleep.ts";
import { stateMutants } from "./state.ts";
import { keptMutants, storedMutants } from "./stored.ts";
import { testingMutants } from "./testing.ts";

/** All of them, each of another promise. */
export const mutants: readonly Mutant[] = [
  ...seamMutants,
  ...nodeMutants,
  ...moveMutants,
  ...devMutants,
  ...sessionMutants,
  ...connectionMutants,
  ...roomMutants,
  ...stateMutants,
  ...imageMutants,
  ...storedMutants,
  ...journalMutants,
  ...sleepMutants,
  ...keptMutants,
  ...clientMutants,
  ...serviceMutants,
  ...operatorMutants,
  ...testingMutants,
  ...playgroundMutants,
];
