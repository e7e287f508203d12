// npm start: the server, started again when you save a file of it, and the page, built again when you save one of its own.
import { context } from "esbuild";
import { page } from "./page.ts";

const building = await context({ ...page, logLevel: "warning" });
await building.rebuild().catch(() => undefined); // what is wrong has been printed
await building.watch();

const { server } = await import("./server.ts");
console.log(`\nOpen http://${server.address}/ in two tabs.`);
