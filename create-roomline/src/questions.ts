import { resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { defaultChoices, layouts, presets, uis, type Choices } from "./choices.ts";
import type { Options } from "./options.ts";
import { packageNameMistake, packageNameOf } from "./package-name.ts";
import { targetFolderMistake } from "./target-folder.ts";

const usualFolder = "my-game";

/** All that had to be found out. */
export interface Answers {
  readonly folder: string;
  readonly choices: Choices;
}

/** What `--yes` and options say; undefined when the folder is not said. */
export function answersWithoutAsking({ folder, choices }: Options): Answers | undefined {
  if (folder === undefined) return undefined;
  return {
    folder,
    choices: {
      preset: choices.preset ?? defaultChoices.preset,
      layout: choices.layout ?? defaultChoices.layout,
      ui: choices.ui ?? defaultChoices.ui,
      jwt: choices.jwt ?? defaultChoices.jwt,
      deploy: choices.deploy ?? defaultChoices.deploy,
    },
  };
}

/** Where questions are shown and answers typed. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

/** Asks for what the options do not say. Resolves to undefined when somebody breaks off. */
export async function ask(
  options: Options,
  at: Terminal & { readonly cwd: string },
): Promise<Answers | undefined> {
  // Only who is asked needs it.
  const { cancel, intro } = await import("@clack/prompts");
  intro("A new project with Roomline", at);
  const answers = await inquire(options, at);
  if (answers === undefined) cancel("Nothing was made.", at);
  return answers;
}

/** Asks one question after the other; the library answers with a symbol for somebody who breaks off. */
async function inquire(
  { folder, choices }: Options,
  { cwd, ...terminal }: Terminal & { readonly cwd: string },
): Promise<Answers | undefined> {
  const { confirm, select, text } = await import("@clack/prompts");
  const pick = <Name extends string>(message: string, names: Readonly<Record<Name, string>>) => {
    const options: { value: string; hint: string }[] = Object.entries<string>(names).map(
      ([value, hint]) => ({ value, hint }),
    );
    return select({ message, options, ...terminal }) as Promise<Name | symbol>;
  };
  const where =
    folder ??
    (await text({
      message: "Which folder?",
      placeholder: usualFolder,
      defaultValue: usualFolder,
      validate: (given) => folderMistake(resolve(cwd, given || usualFolder)),
      ...terminal,
    }));
  if (typeof where === "symbol") return undefined;
  const preset = choices.preset ?? (await pick("What is it?", presets));
  if (typeof preset === "symbol") return undefined;
  const layout = choices.layout ?? (await pick("How is it laid out?", layouts));
  if (typeof layout === "symbol") return undefined;
  const ui = choices.ui ?? (await pick("What is the page made with?", uis));
  if (typeof ui === "symbol") return undefined;
  const wants = (message: string) => confirm({ message, initialValue: false, ...terminal });
  const jwt = choices.jwt ?? (await wants("Do players show a token (JWT)?"));
  if (typeof jwt === "symbol") return undefined;
  const deploy = choices.deploy ?? (await wants("With files to deploy it?"));
  if (typeof deploy === "symbol") return undefined;
  return { folder: where, choices: { preset, layout, ui, jwt, deploy } };
}

/** What is wrong with a folder for a project; undefined when nothing is. */
export function folderMistake(folder: string): string | undefined {
  return packageNameMistake(packageNameOf(folder)) ?? targetFolderMistake(folder);
}
