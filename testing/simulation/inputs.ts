import type { Contract } from "../../shared/contract/contract.ts";
import { isReplyType } from "../../shared/contract/payload-type.ts";
import { suggestion } from "../../shared/known-names.ts";
import type { RandomSource } from "../../shared/random.ts";
import { defaultGenerator } from "./default-input.ts";
import { invalid, type SimulatedPlayer, type SimulateOptions } from "./options.ts";

/** One kind of input that players send. */
export interface SentKind<C extends Contract> {
  readonly kind: string;
  readonly isRequest: boolean;
  /** Undefined: none now. */
  make(random: RandomSource, player: SimulatedPlayer<C>): unknown;
}

/**
 * The kinds that players send.
 * @throws RoomlineError `invalid-config`: nobody knows how to make one
 */
export function resolveInputs<C extends Contract>(
  contract: C,
  given: SimulateOptions<C>["inputs"] = {},
): readonly SentKind<C>[] {
  const kinds = Object.keys(contract.inputs);
  const generators = given as Readonly<Record<string, unknown>>;
  for (const [name, generator] of Object.entries(generators)) {
    if (!kinds.includes(name))
      throw invalid(
        `inputs has "${name}", but the contract has no such input. ${suggestion(name, kinds)}`,
      );
    if (generator !== false && generator !== undefined && typeof generator !== "function")
      throw invalid(`inputs.${name} is a ${typeof generator}; it has to be a function, or false.`);
  }
  return Object.entries(contract.inputs).flatMap(([kind, type]) => {
    const own = generators[kind];
    if (own === false) return [];
    const isRequest = isReplyType(type);
    const make = own ?? defaultGenerator(isRequest ? type.request : type);
    if (make === undefined)
      throw invalid(
        `the schema of the input "${kind}" does not say what it takes. Give inputs: { ${kind}: (random) => … }, or false to send none.`,
      );
    return [{ kind, isRequest, make: make as SentKind<C>["make"] }];
  });
}
