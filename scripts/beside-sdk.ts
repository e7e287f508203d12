import type { Plugin } from "esbuild";

/**
 * For a file that pages load beside `/roomline.js`: what has to be the same object in both comes from there, by the name under which
 * the SDK exports it.
 */
export const besideSdk: Plugin = {
  name: "beside-sdk",
  setup(build) {
    build.onResolve({ filter: /\/(errors|close-reason)\.ts$/ }, () => ({
      path: "./roomline.js",
      external: true,
    }));
  },
};
