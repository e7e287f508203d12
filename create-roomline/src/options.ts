import { parseArgs } from "node:util";
import { layouts, presets, uis, type Checked, type Choices } from "./choices.ts";

/** What the command line says: what is undefined is asked for, or the default. */
export interface Options {
  readonly folder: string | undefined;
  readonly choices: { readonly [Name in keyof Choices]: Choices[Name] | undefined };
  /** Ask nothing. */
  readonly yes: boolean;
  readonly install: boolean;
  /** Which Roomline the project depends on, as npm writes it; undefined: the version of this package. */
  readonly roomline: string | undefined;
  readonly help: boolean;
  readonly version: boolean;
}

const known = {
  preset: { type: "string" },
  layout: { type: "string" },
  ui: { type: "string" },
  jwt: { type: "boolean" },
  deploy: { type: "boolean" },
  yes: { type: "boolean", short: "y" },
  install: { type: "boolean" },
  roomline: { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const;

/** Reads the arguments behind the name of the command. Every mistake is a line. */
export function readOptions(args: readonly string[]): Checked<Options> {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      options: known,
      allowPositionals: true,
      allowNegative: true,
    });
  } catch (error) {
    return { ok: false, mistakes: [parseMistake(error)] };
  }
  const { values, positionals } = parsed;
  const mistakes: string[] = [];
  if (positionals.length > 1)
    mistakes.push(
      `There are ${positionals.length} folders (${positionals.join(", ")}): give one. Options of npm create stand behind a --.`,
    );
  const choices = {
    preset: oneOf("--preset", values.preset, presets, mistakes),
    layout: oneOf("--layout", values.layout, layouts, mistakes),
    ui: oneOf("--ui", values.ui, uis, mistakes),
    jwt: values.jwt,
    deploy: values.deploy,
  };
  if (values.roomline === "")
    mistakes.push("--roomline is empty: give a version, such as ^0.1.0, or the path of a tarball.");
  if (mistakes.length > 0) return { ok: false, mistakes };
  const { yes = false, install = true, roomline, help = false, version = false } = values;
  const [folder] = positionals;
  return { ok: true, value: { folder, choices, yes, install, roomline, help, version } };
}

function oneOf<Name extends string>(
  option: string,
  given: string | undefined,
  names: Readonly<Record<Name, string>>,
  mistakes: string[],
): Name | undefined {
  const isName = (text: string): text is Name => Object.hasOwn(names, text);
  if (given === undefined || isName(given)) return given;
  mistakes.push(`${option} is "${given}": take one of ${Object.keys(names).join(", ")}.`);
  return undefined;
}

/** What parseArgs throws, as one line that says what to do. */
function parseMistake(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [, unknown] = /^Unknown option '([^']+)'/.exec(text) ?? [];
  if (unknown !== undefined)
    return `There is no option ${unknown}: there are ${Object.keys(known)
      .map((name) => `--${name}`)
      .join(", ")}.`;
  const [sentence = text] = text.split(/\.? (?:Did you mean|To specify)|\n/);
  return `${sentence.replace(/\.$/, "")}. See --help.`;
}

/** What `--help` prints. */
export const helpText = `Starts a project with Roomline.

  npm create roomline [FOLDER] -- [OPTIONS]

FOLDER           where to, and what the package is called; . for here
${listed("--preset NAME", presets)}
${listed("--layout NAME", layouts)}
${listed("--ui NAME", uis)}
--jwt            players show a token, and are who it says
--deploy         a Dockerfile, a compose.yaml, a unit for systemd
--no-install     leave npm install to you
--roomline SPEC  the Roomline to depend on: a version, or the path of a tarball (default: that of this package)
-y, --yes        ask nothing: arena, server, plain, without --jwt and --deploy unless options say otherwise
-h, --help       this
-V, --version    the version

Examples:
  npm create roomline my-game
  npm create roomline my-game -- --yes
  npm create roomline my-game -- --ui react
  npm create roomline my-chat -- --preset chat --layout vite --jwt --deploy
`;

function listed(option: string, names: Readonly<Record<string, string>>): string {
  const lines = Object.entries(names).map(([name, what]) => `${name.padEnd(11)} ${what}`);
  return lines.map((line, index) => `${(index === 0 ? option : "").padEnd(16)} ${line}`).join("\n");
}
