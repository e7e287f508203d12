// The page at "/": what Roomline is, what there is to try, and how to begin.
import { highlight } from "./highlight.ts";
import { showRooms } from "./rooms-table.ts";
import { showSiteHeader } from "./site-header.ts";

/** The example as it is in the repository: the build puts a copy beside this page. */
async function showFirstRoom(): Promise<void> {
  const block = document.getElementById("first-room");
  if (block === null) return;
  const response = await fetch("/first-room.txt");
  block.textContent = (await response.text()).trimEnd();
  highlight(block);
}

showSiteHeader("start");
showRooms();
for (const block of document.querySelectorAll<HTMLElement>(".code")) highlight(block);
await showFirstRoom();
