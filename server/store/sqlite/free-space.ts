import { statfsSync } from "node:fs";

/** @throws Error the disk of this folder has less than `bytesMin` bytes left; 0: it is not looked at */
export function checkFreeSpace(folder: string, bytesMin: number): void {
  if (bytesMin === 0) return;
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= bytesMin) return;
  throw new Error(
    `disk is full: it has ${mebibytes(bavail * bsize)} MiB left, and ${mebibytes(bytesMin)} are kept free`,
  );
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / 1_048_576);
}
