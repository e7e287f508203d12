import assert from "node:assert/strict";

const methods = [
  ...["CancelWatch", "CloseRoom", "Connect", "CreateRoom", "DescribeRoomTypes", "HealthCheck"],
  ...["HealthWatch", "ListConnections", "ListRoomStats", "ListRooms", "ListSessions", "Publish"],
  ...["Reflection", "ReserveSeat", "Watch", "WatchRoom", "WatchRooms", "WatchStats"],
];

/** Checks the lines that a client of another language prints: every method was answered. */
export function assertAllAnswered(printed: string): void {
  const counts = new Map(
    printed
      .trim()
      .split("\n")
      .map((line) => line.split(" "))
      .map(([name = "", count]) => [name, Number(count)]),
  );
  assert.deepEqual([...counts.keys()], methods);
  for (const [name, count] of counts) assert.ok(count > 0, `${name} was answered`);
}
