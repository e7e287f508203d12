import { arenaRoom } from "../../../examples/arena/room.ts";
import { chatRoom } from "../../../examples/chat/room.ts";
import { RowShadow } from "../../../server/state/row-shadow.ts";

const every = Number(process.env["FORGETS"]);
// eslint-disable-next-line @typescript-eslint/unbound-method -- called on what it is of
const { writeRows } = RowShadow.prototype;
let changed = 0;

/** The demo rooms, in an engine that leaves every so many-th changed row out of its patches. */
RowShadow.prototype.writeRows = function (set, names, writer): void {
  if (!set.created) {
    const before = Math.floor(changed / every);
    changed += set.rowCount;
    if (Math.floor(changed / every) > before) set.rowCount--;
  }
  writeRows.call(this, set, names, writer);
};

export const rooms = { arena: arenaRoom, chat: chatRoom };
