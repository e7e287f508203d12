import { readFileSync } from "node:fs";

/** Linux counts the time of processes in hundredths of a second, and memory in pages. */
const tickMicros = 10_000;
const pageBytes = 4_096;

/** What a process has used of the processor, user and system, in microseconds. On Linux only. */
export function cpuMicrosOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * tickMicros;
}

/** Its resident memory. On Linux only. */
export function rssBytesOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * pageBytes;
}
