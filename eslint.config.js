import { existsSync } from "node:fs";
import tseslint from "typescript-eslint";

const erasable = [
  ["TSEnumDeclaration", "Use a const object or a union."],
  ["TSModuleDeclaration", "No namespaces."],
  ["TSParameterProperty", "Declare fields."],
  ["Decorator", "No decorators."],
  ["ExportAllDeclaration", "Name what is exported."],
  ["ExportDefaultDeclaration", "Named exports only."],
].map(([selector, message]) => ({ selector, message }));

/** The systems Roomline is measured against are only installed by `npm run bench:install`; without, they have no types. */
const uninstalled = existsSync("bench/node_modules")
  ? []
  : ["bench/peers/colyseus/**", "bench/peers/socketio/**", "bench/peers/socketio-cluster/**"];

export default tseslint.config(
  {
    ignores: [
      "**/dist/**",
      "dist-browser",
      "**/built/**",
      "**/gen/**",
      "**/node_modules/**",
      "eslint.config.js",
      ".dependency-cruiser.cjs",
      ...uninstalled,
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "no-restricted-syntax": ["error", ...erasable],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-invalid-void-type": "off",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: true },
      ],
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_" },
      ],
    },
  },
  {
    // What runs in browsers has a tsconfig of its own.
    files: [
      "examples/*/page/**",
      "monitor/**",
      "pages/**",
      "playground/**",
      "test/browser/pages/*.tsx",
    ],
    languageOptions: {
      parserOptions: { projectService: false, project: "./tsconfig.web.json" },
    },
    rules: { "no-restricted-globals": "off" },
  },
  {
    // Vite wants it so.
    files: ["create-roomline/templates/**/vite.config.ts"],
    rules: { "no-restricted-syntax": "off" },
  },
  {
    // process.env and module state belong to the command line, and to what starts it; everything else is given what it needs.
    files: [
      "shared/**",
      "server/**",
      "client/**",
      "testing/**",
      "monitor/**",
      "pages/**",
      "playground/**",
    ],
    rules: {
      "no-restricted-properties": [
        "error",
        { object: "process", property: "env", message: "Options come in as parameters." },
      ],
    },
  },
  {
    files: ["shared/**", "server/**", "client/**", "monitor/**", "pages/**", "playground/**"],
    ignores: ["shared/clock.ts", "shared/random.ts"],
    rules: {
      "no-restricted-globals": ["error", "setTimeout", "setInterval", "setImmediate"],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: "Time comes from a Clock." },
        { object: "Math", property: "random", message: "Randomness comes from a RandomSource." },
        { object: "process", property: "env", message: "Options come in as parameters." },
      ],
    },
  },
  {
    files: ["test/**", "bench/**", "create-roomline/templates/**/*.test.ts"],
    rules: {
      "max-lines-per-function": "off",
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", name: ["test", "it", "describe", "suite"], package: "node:test" },
          ],
        },
      ],
    },
  },
);
