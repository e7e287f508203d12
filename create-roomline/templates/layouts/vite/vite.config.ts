import { roomline } from "roomline/vite";
import { defineConfig } from "vite";

export default defineConfig({
  root: "page",
  plugins: [roomline({ rooms: "room.ts" })], // while you write: runs the rooms, and players find them where the page is
  build: { outDir: "../dist", emptyOutDir: true },
});
