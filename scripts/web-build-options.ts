import type { BuildOptions } from "esbuild";
import { slimProtobuf } from "./slim-protobuf.ts";

/** How everything for browsers is bundled. What imports Node or a library that needs it fails. */
export const webBuildOptions = {
  bundle: true,
  minify: true,
  sourcemap: true,
  format: "esm",
  target: "es2022",
  conditions: ["roomline-source", "browser"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  logLevel: "warning",
  plugins: [slimProtobuf],
} as const satisfies BuildOptions;
