import type { ClientLog, ConnectOptions, Transport } from "../../../client/index.ts";
import type { ClientBench } from "../bench.ts";
import type { Culprit } from "./misdeeds.ts";

/** The transport, of which one method does something wrong after it has done what it should. */
function spoiled(transport: Transport, method: keyof Transport, culprit: Culprit): Transport {
  return new Proxy(transport, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, args);
        return name === method ? culprit.act() : result;
      };
    },
  });
}

/** An option of connect that holds code of the user. */
export interface ConnectHook {
  readonly name: string;
  /** What onError is told as; undefined when it is the one that does wrong, or nobody can be told. */
  readonly where?: string;
  options(culprit: Culprit, bench: ClientBench): ConnectOptions;
}

const transportMethod = (method: keyof Transport, spoiledDials = 1): ConnectHook => ({
  name: `a transport's ${method}`,
  where: "transport",
  options(culprit, { server }) {
    let dials = 0;
    const dial = (metadata: ReadonlyMap<string, string>): Transport => {
      const transport = server.dial(metadata);
      return dials++ < spoiledDials ? spoiled(transport, method, culprit) : transport;
    };
    return { dialer: { target: "fake:1", dial } };
  },
});

export const silent: ClientLog = { debug() {}, info() {}, warn() {} };

/** All that a client goes on with. */
export const connectHooks: readonly ConnectHook[] = [
  {
    name: "token",
    where: "token",
    options: (culprit) => ({
      token: () => (culprit.calls === 0 ? culprit.act() : Promise.resolve("secret")),
    }),
  },
  {
    name: "a dialer",
    where: "dialer",
    options: (culprit, { server }) => ({
      dialer: {
        target: "fake:1",
        dial: (metadata) => (culprit.calls === 0 ? culprit.act() : server.dial(metadata)),
      },
    }),
  },
  {
    name: "a dialer's function, asked for an address that a server named,",
    where: "dialer",
    options(culprit, { server }) {
      server.welcome = { resumeAddress: "other:1" };
      return { dialer: (target) => (target === "other:1" ? culprit.act() : server) };
    },
  },
  transportMethod("open"),
  transportMethod("send"),
  transportMethod("close", Infinity),
  transportMethod("destroy"),
  {
    name: "onError",
    options: (culprit) => ({ onError: () => culprit.act() }),
  },
  {
    name: "a logger",
    options(culprit) {
      const act = () => culprit.act<undefined>();
      const onError = (): void => {
        throw new Error("So that it is logged.");
      };
      return { log: { debug: act, info: act, warn: act }, onError };
    },
  },
];
