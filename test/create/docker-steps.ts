import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** An instruction of a Dockerfile: `RUN npm install`. */
export interface Instruction {
  readonly name: string;
  readonly value: string;
}

/** What an image is when all instructions have been followed. */
export interface Image {
  /** Where its files are. */
  readonly root: string;
  /** The folder its command runs in, under `root`. */
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cmd: readonly string[];
  readonly healthcheck: string;
  readonly user: string;
  readonly port: number;
}

/** The instructions of a Dockerfile, in their order. */
export function instructionsIn(dockerfile: string): readonly Instruction[] {
  return dockerfile
    .replaceAll(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name = "", value = ""] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
      assert.notEqual(name, "", `no instruction: ${line}`);
      return { name, value };
    });
}

/** Runs a command of an image to its end, in a folder and with an environment. */
type Run = (command: string, folder: string, env: Readonly<Record<string, string>>) => void;

interface Stage {
  readonly name: string;
  readonly image: Image;
}

/**
 * Follows a Dockerfile by hand, as there may be no Docker: what is copied is copied, what is run is run, on this machine's own
 * Node in place of the image's. Returns the last image.
 *
 * @param context the folder that Docker would be given
 * @param folder where the files of the images go
 * @throws AssertionError for an instruction that it does not know
 */
export function followDockerfile(context: string, folder: string, run: Run): Image {
  const ignored = readFileSync(join(context, ".dockerignore"), "utf8").split("\n").filter(Boolean);
  const stages: Stage[] = [];
  for (const { name, value } of instructionsIn(readFileSync(join(context, "Dockerfile"), "utf8"))) {
    const last = stages.at(-1);
    if (name === "FROM") {
      const [, stage = "last"] = /^\S+ AS (\w+)$/.exec(value) ?? [];
      const root = join(folder, stage);
      mkdirSync(root);
      const image = { root, workdir: root, env: {}, cmd: [], healthcheck: "", user: "", port: 0 };
      stages.push({ name: stage, image });
      continue;
    }
    assert.ok(last !== undefined, `${name} comes before FROM`);
    const { image } = last;
    const change = (changed: Partial<Image>): void => {
      stages[stages.length - 1] = { ...last, image: { ...image, ...changed } };
    };
    const does: Readonly<Record<string, () => void>> = {
      WORKDIR() {
        mkdirSync(join(image.root, value), { recursive: true });
        change({ workdir: join(image.root, value) });
      },
      ENV: () => change({ env: { ...image.env, ...pairsIn(value) } }),
      COPY: () => copy(value, image, { context, ignored, stages }),
      RUN: () => run(value, image.workdir, image.env),
      USER: () => change({ user: value }),
      EXPOSE: () => change({ port: Number(value) }),
      HEALTHCHECK: () => change({ healthcheck: value.replace(/^CMD /, "") }),
      CMD: () => change({ cmd: JSON.parse(value) as string[] }),
    };
    const act = does[name];
    assert.ok(act !== undefined, `nobody knows here what ${name} does`);
    act();
  }
  const image = stages.at(-1)?.image;
  assert.ok(image !== undefined);
  return image;
}

function pairsIn(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(text.split(" ").map((pair) => pair.split("=", 2))) as Record<
    string,
    string
  >;
}

function copy(
  value: string,
  { workdir }: Image,
  from: {
    readonly context: string;
    readonly ignored: readonly string[];
    readonly stages: readonly Stage[];
  },
): void {
  const words = value.split(" ").filter((word) => !word.startsWith("--"));
  const [, source] = /--from=(\w+)/.exec(value) ?? [];
  const target = join(workdir, words.at(-1) ?? "");
  for (const word of words.slice(0, -1)) {
    if (source !== undefined) {
      const stage = from.stages.find(({ name }) => name === source);
      assert.ok(stage !== undefined, `there is no stage ${source}`);
      cpSync(join(stage.image.root, word), target, { recursive: true, verbatimSymlinks: true });
      continue;
    }
    // A name with * may be that of no file.
    const names = word.endsWith("*")
      ? readdirSync(from.context).filter((name) => name.startsWith(word.slice(0, -1)))
      : [word];
    for (const name of names) {
      const path = join(from.context, name);
      assert.ok(existsSync(path), `${name} is copied, and not there`);
      const isKept = (one: string): boolean => !from.ignored.includes(basename(one));
      if (name === ".") cpSync(path, target, { recursive: true, filter: isKept });
      else cpSync(path, join(target, name));
    }
  }
}

/** What YAML holds that has mappings, texts, and lists and texts as JSON: all that a short compose file needs. */
export type Yaml = string | readonly unknown[] | { readonly [name: string]: Yaml };

/** Reads such YAML. @throws AssertionError for a line that is something else */
export function readYaml(text: string): Yaml {
  const lines = text
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trimEnd())
    .filter((line) => line !== "");
  const mapping = (indent: number): Yaml => {
    const found: Record<string, Yaml> = {};
    while (lines[0]?.startsWith(" ".repeat(indent)) === true) {
      const [, name = "", value = ""] = /^([\w-]+):(?: (.+))?$/.exec(lines[0].slice(indent)) ?? [];
      assert.notEqual(name, "", `no line of a mapping: ${lines[0]}`);
      assert.ok(!(name in found), `${name} is there twice`);
      lines.shift();
      if (value === "") found[name] = mapping(indent + 2);
      else found[name] = /^["[]/.test(value) ? (JSON.parse(value) as Yaml) : value;
    }
    return found;
  };
  const all = mapping(0);
  assert.deepEqual(lines, []);
  return all;
}
