/** Where the demo listens. */
export interface Settings {
  readonly host: string;
  readonly port: number;
}

/** A setting that cannot be used; the message is one line for the person who made it. */
export class SettingError extends Error {}

/** @throws SettingError */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const { ROOMLINE_PORT: port = "50051", ROOMLINE_HOST: host = "localhost" } = environment;
  const number = Number(port);
  if (!/^\d+$/.test(port) || number > 65_535) {
    throw new SettingError(
      `ROOMLINE_PORT is "${port}"; it has to be a whole number from 0 to 65535 (0 takes a free port).`,
    );
  }
  if (host.trim() === "") {
    throw new SettingError(
      "ROOMLINE_HOST is empty; leave it out, or give an address to listen on.",
    );
  }
  return { host, port: number };
}
