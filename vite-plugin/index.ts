export { roomline, type RoomlinePluginOptions } from "./plugin.ts";
