import { readFileSync } from "node:fs";
import {
  createCallDialer,
  RoomlineError,
  type GrpcTlsOptions,
  type CallDialer,
} from "roomline/client";
import type { Environment, OptionReader } from "../options/option-reader.ts";
import { serverAddress, nonEmpty } from "../options/readers.ts";

/** Which server a command speaks to, and as whom. */
export interface TargetOptions {
  readonly url: string;
  readonly dialer: CallDialer;
  readonly token?: string;
  readonly clientId?: string;
}

/** The part of the environment that says where and who: a token is better kept off the command line. */
export function targetEnvironment({ ROOMLINE_URL, ROOMLINE_TOKEN }: Environment): Environment {
  return { ROOMLINE_URL, ROOMLINE_TOKEN };
}

/** Reads --url, --token, --client-id, --tls and --tls-ca. */
export function readTarget(reader: OptionReader): TargetOptions {
  const url = reader.value("--url", serverAddress) ?? "localhost:50051";
  const token = reader.value("--token", nonEmpty("a bearer token"));
  const clientId = reader.value("--client-id", nonEmpty("a name"));
  const tls = readTls(reader);
  return {
    url,
    dialer: createDialer(reader, url, tls),
    ...(token !== undefined && { token }),
    ...(clientId !== undefined && { clientId }),
  };
}

/** The mistakes of `--url` with `--tls` are complained about; the dialer then is for nobody. */
function createDialer(
  reader: OptionReader,
  url: string,
  tls: GrpcTlsOptions | undefined,
): CallDialer {
  try {
    return createCallDialer({ target: url, ...(tls !== undefined && { tls }) });
  } catch (error) {
    reader.complain(RoomlineError.from(error).message);
    return createCallDialer({ target: "localhost:50051" });
  }
}

function readTls(reader: OptionReader): GrpcTlsOptions | undefined {
  const path = reader.value("--tls-ca", nonEmpty("the path of a PEM file"));
  if (path === undefined) return reader.isSet("--tls") ? {} : undefined;
  try {
    return { ca: readFileSync(path, "utf8") };
  } catch (error) {
    reader.complain(`Cannot read the file of --tls-ca: ${RoomlineError.from(error).message}.`);
    return undefined;
  }
}
