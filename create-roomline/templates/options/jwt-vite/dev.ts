// npm start: the server, started again when you save a file of it, and Vite, which changes the page while you write.
import { mkdirSync } from "node:fs";
import { createServer } from "vite";

mkdirSync("dist", { recursive: true }); // what the server serves once the page is built
const { server } = await import("./server.ts");

const target = `http://${server.address}`;
const vite = await createServer({
  configLoader: "native", // tsx reads it
  // To the page, it is one server: players connect where the page comes from.
  server: { proxy: { "^/connect$": { target, ws: true }, "^/login$": { target } } },
});
await vite.listen();
console.log("\nOpen this in two tabs:");
vite.printUrls();
