import { defaultChoices, layouts, presets, type Choices } from "./choices.ts";
import type { Options } from "./options.ts";
import { packageNameMistake, packageNameOf } from "./package-name.ts";
import { targetFolderMistake } from "./target-folder.ts";

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
      jwt: choices.jwt ?? defaultChoices.jwt,
      deploy: choices.deploy ?? defaultChoices.deploy,
    },
  };
}

/** Asks on the terminal for what the options do not say. Resolves to undefined when somebody breaks off. */
export async function ask({ folder, choices }: Options): Promise<Answers | undefined> {
  // Only who is asked needs it.
  const { cancel, group, intro, confirm, select, text } = await import("@clack/prompts");
  const listed = <Name extends string>(names: Readonly<Record<Name, string>>) =>
    (Object.keys(names) as Name[]).map((value) => ({ value, label: value, hint: names[value] }));
  intro("A new project with Roomline");
  let isCancelled = false;
  const answers = await group(
    {
      folder: () =>
        folder !== undefined
          ? Promise.resolve(folder)
          : text({
              message: "Which folder?",
              placeholder: "my-game",
              defaultValue: "my-game",
              validate: (given) =>
                folderMistake(given === undefined || given === "" ? "my-game" : given),
            }),
      preset: () =>
        choices.preset !== undefined
          ? Promise.resolve(choices.preset)
          : select({ message: "What is it?", options: listed(presets) }),
      layout: () =>
        choices.layout !== undefined
          ? Promise.resolve(choices.layout)
          : select({ message: "How is it laid out?", options: listed(layouts) }),
      jwt: () =>
        choices.jwt !== undefined
          ? Promise.resolve(choices.jwt)
          : confirm({ message: "Do players show a token (JWT)?", initialValue: false }),
      deploy: () =>
        choices.deploy !== undefined
          ? Promise.resolve(choices.deploy)
          : confirm({ message: "With files to deploy it?", initialValue: false }),
    },
    {
      onCancel: () => {
        isCancelled = true;
        cancel("Nothing was made.");
      },
    },
  );
  if (isCancelled) return undefined;
  const { folder: where, preset, layout, jwt, deploy } = answers;
  return { folder: where, choices: { preset, layout, jwt, deploy } };
}

/** What is wrong with a folder for a project; undefined when nothing is. */
export function folderMistake(folder: string): string | undefined {
  return packageNameMistake(packageNameOf(folder)) ?? targetFolderMistake(folder);
}
