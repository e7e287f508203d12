/** Where the client reports what it does. A pino logger is one. */
export interface ClientLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Warnings on the console, nothing else. */
export const consoleLog: ClientLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => console.warn(message, fields),
};
