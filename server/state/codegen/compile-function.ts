/** Makes a function from source text; undefined where Node may not make code from strings. */
export function compileFunction({
  parameters,
  body,
  scope,
}: {
  readonly parameters: readonly string[];
  /** Run in strict mode. The caller makes sure that no data in it can be read as code. */
  readonly body: string;
  /** What the body can name besides its parameters. */
  readonly scope: Readonly<Record<string, unknown>>;
}): unknown {
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
