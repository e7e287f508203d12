// One chat room with everybody in it: what a message costs when it goes to thousands.
export { startLoad } from "./chat.ts";
