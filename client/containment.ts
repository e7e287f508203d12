import type { ClientLog } from "./log.ts";

/** Hears of what code of the user threw, and where. Never throws itself. */
export type Report = (error: unknown, where: string) => void;

/**
 * Calls code of the user. What it throws, or rejects with at once or later, is reported. Returns a promise when the call
 * did, which resolves when that is settled; neither throws nor rejects.
 */
export function contain(
  call: () => unknown,
  report: Report,
  where: string,
): Promise<void> | undefined {
  try {
    return containPromise(call(), report, where);
  } catch (error) {
    report(error, where);
    return undefined;
  }
}

/** The second half of {@link contain}, for what a call has returned. */
export function containPromise(
  result: unknown,
  report: Report,
  where: string,
): Promise<void> | undefined {
  if (typeof result !== "object" || result === null) return undefined;
  try {
    if (!("then" in result) || typeof result.then !== "function") return undefined;
    return Promise.resolve(result).then(
      () => undefined,
      (error: unknown) => report(error, where),
    );
  } catch (error) {
    report(error, where);
    return undefined;
  }
}

/** A logger of the user's that neither throws nor rejects. What it fails at has nowhere else to go. */
export function containLog(log: ClientLog): ClientLog {
  const ignore = (): void => undefined;
  const contained =
    (level: keyof ClientLog): ClientLog["warn"] =>
    (fields, message) =>
      void contain(() => log[level](fields, message), ignore, "");
  return { debug: contained("debug"), info: contained("info"), warn: contained("warn") };
}

/**
 * What hears of errors: the user's `onError`, else a warning in the log. What `onError` itself throws goes there, too.
 *
 * @param log one that is contained
 */
export function createReport(onError: Report | undefined, log: ClientLog): Report {
  const warn: Report = (error, where) => log.warn({ err: error }, `roomline: ${where}`);
  if (onError === undefined) return warn;
  return (error, where) => void contain(() => onError(error, where), warn, "onError");
}
