/** A function to be made from source text. */
export interface FunctionSource {
  readonly parameters: readonly string[];
  /** Strict. What is put into it must be checked not to be code itself. */
  readonly body: string;
  /** What it sees by name besides its parameters. */
  readonly scope: Readonly<Record<string, unknown>>;
}

/** Makes a function from source text; undefined where Node may not make code from strings. */
export function compileFunction({ parameters, body, scope }: FunctionSource): unknown {
  const source = `"use strict"; return function (${parameters.join(", ")}) {\n${body}\n};`;
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the one place where code is made
    const make = new Function(...Object.keys(scope), source);
    return Reflect.apply(make, undefined, Object.values(scope));
  } catch (thrown) {
    if (thrown instanceof EvalError) return undefined;
    throw thrown;
  }
}
