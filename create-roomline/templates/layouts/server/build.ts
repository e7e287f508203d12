// npm run build: the page, into dist/.
import { build } from "esbuild";
import { page } from "./page.ts";

await build({ ...page, minify: true });
