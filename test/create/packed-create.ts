import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  layouts,
  presets,
  uis,
  type Choices,
  type Layout,
  type Preset,
  type Ui,
} from "../../create-roomline/src/choices.ts";
import {
  createPrintedProject,
  type Ending,
  type PackedPackage,
  type PrintedProject,
} from "../printed/printed-code.ts";

/** `create-roomline` as npm would publish it. */
export interface PackedCreate {
  /** The tarball. */
  readonly tarball: string;
  /** The program in it, unpacked. */
  readonly program: string;
  remove(): void;
}

/** A preset, and how it is laid out and drawn. */
export type Cast = Pick<Choices, "preset" | "layout" | "ui">;

/**
 * Of all projects there are, half: each two of a preset, a layout and a way to make pages are together in one. With
 * CREATE_MATRIX=all, all of them.
 */
export const castsOnTrial: readonly Cast[] = (Object.keys(presets) as Preset[]).flatMap(
  (preset, presetIndex) =>
    (Object.keys(layouts) as Layout[]).flatMap((layout, layoutIndex) =>
      (Object.keys(uis) as Ui[])
        .filter((_, uiIndex) => {
          const isTaken = (presetIndex + layoutIndex + uiIndex) % 2 === 0;
          return isTaken || process.env["CREATE_MATRIX"] === "all";
        })
        .map((ui) => ({ preset, layout, ui })),
    ),
);

/** Packs `create-roomline`: once for a run of tests, or for a test file that is run alone. */
export function packCreate(): PackedCreate {
  const ofRun = process.env["TEST_RUN_DIR"];
  const folder =
    ofRun === undefined
      ? mkdtempSync(join(tmpdir(), "create-roomline-pack-"))
      : join(ofRun, "packed-create");
  const program = join(folder, "package/dist/main.js");
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    const cwd = resolve("create-roomline");
    execFileSync("npm", ["pack", "--pack-destination", folder], { cwd, stdio: "pipe" });
    const [name = ""] = readdirSync(folder);
    execFileSync("tar", ["-xzf", join(folder, name), "-C", folder]);
  }
  const [tarball = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  return {
    tarball: join(folder, tarball),
    program,
    remove: () => {
      if (ofRun === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A project that was made by the packed program. */
export interface CreatedProject {
  readonly folder: string;
  /** Runs a command in it to its end, and gives what it has printed. */
  run(command: string): string;
  /** Starts one that goes on; resolves when it has printed something that matches. */
  start(command: string, printed: RegExp): Promise<RegExpExecArray>;
}

/** A folder with the packed Roomline and what else projects depend on, which are made in it. */
export interface ProjectMaker {
  readonly folder: string;
  make(name: string, choices: Choices): CreatedProject;
  /** Runs a command beside the projects. */
  run(command: string): string;
}

/** Makes a folder for projects, which goes with the test. `packed.roomline`: or another project that has it. */
export function createProjectMaker(
  t: Ending,
  packed: { readonly roomline: PackedPackage | PrintedProject; readonly create: PackedCreate },
): ProjectMaker {
  const around = createPrintedProject(t, packed.roomline);
  return {
    folder: around.folder,
    run: (command) => around.run(command),
    make(name, { preset, layout, ui, jwt, deploy }) {
      const chosen = ["--preset", preset, "--layout", layout, "--ui", ui];
      if (jwt) chosen.push("--jwt");
      if (deploy) chosen.push("--deploy");
      around.run(`node ${packed.create.program} ${name} --yes ${chosen.join(" ")} --no-install`);
      return {
        folder: join(around.folder, name),
        run: (command) => around.run(`cd ${name} && ${command}`),
        start: (command, printed) => around.start(`cd ${name} && ${command}`, printed),
      };
    },
  };
}
