/** What may be played in a new project, and what each is. */
export const presets = {
  arena: "a game in real time: prediction, interpolation, scores",
  chat: "rooms to talk in: history, who is here, who is typing",
  "turn-based": "a board game for two: rules, a clock, matchmaking",
  stream: "a long answer that comes word by word and survives reloads",
} as const;

/** What a new project's page is made with, and what each is. */
export const uis = {
  plain: "TypeScript and what browsers have",
  react: "React, with the hooks of roomline/react",
} as const;

/** How a new project is laid out, and what each way is. */
export const layouts = {
  server: "one server that also serves the page, which esbuild bundles",
  vite: "Vite for the page and the server beside it, by one command",
} as const;

export type Preset = keyof typeof presets;
export type Layout = keyof typeof layouts;
export type Ui = keyof typeof uis;

/** What goes into a project. */
export interface Choices {
  readonly preset: Preset;
  readonly layout: Layout;
  readonly ui: Ui;
  /** Whether players show a token (JWT). */
  readonly jwt: boolean;
  /** Whether there are files to deploy it with: Docker, compose, systemd. */
  readonly deploy: boolean;
}

/** What `--yes` takes for whatever is not said. */
export const defaultChoices: Choices = {
  preset: "arena",
  layout: "server",
  ui: "plain",
  jwt: false,
  deploy: false,
};

/** A result, or what is wrong: one line each, which says what to do. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly mistakes: readonly string[] };
