import type { Session } from "./session.ts";

/** How many sessions there are, and how far those with a connection are behind their rooms. */
interface SessionSurvey {
  readonly total: number;
  /** By kind of state; the states of sessions that are not over are always there. */
  readonly byState: Readonly<Record<string, number>>;
  readonly lagMax: number;
  readonly lagSum: number;
}

/** Looks at every session once. `each` sees them, too, with their lag. */
export function surveySessions(
  sessions: Iterable<Session>,
  each: (session: Session, lag: number) => void = () => undefined,
): SessionSurvey {
  const byState: Record<string, number> = { active: 0, paused: 0, detached: 0 };
  let total = 0;
  let lagMax = 0;
  let lagSum = 0;
  for (const session of sessions) {
    const { lag } = session;
    const { kind } = session.state;
    total++;
    byState[kind] = (byState[kind] ?? 0) + 1;
    lagMax = Math.max(lagMax, lag);
    lagSum += lag;
    each(session, lag);
  }
  return { total, byState, lagMax, lagSum };
}
