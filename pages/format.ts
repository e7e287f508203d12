/** What is shown for a number there is none of. */
export const nothing = "–";

const byteUnits = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** Bytes with three significant digits at most: `0 B`, `1.5 KiB`, `12 MiB`. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return nothing;
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${bytes < 0 ? "-" : ""}${threeDigits(value, unit === 0)} ${byteUnits[unit] ?? ""}`;
}

/** Bytes per second. */
export function formatByteRate(bytesPerSecond: number | null | undefined): string {
  const text = formatBytes(bytesPerSecond);
  return text === nothing ? nothing : `${text}/s`;
}

const countUnits = ["", "k", "M", "G", "T"] as const;

/** A count or a rate with three significant digits at most: `0`, `0.4`, `42`, `1.2k`, `35M`. */
export function formatCount(count: number | null | undefined): string {
  if (count === null || count === undefined) return nothing;
  let value = Math.abs(count);
  let unit = 0;
  while (value >= 999.5 && unit < countUnits.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${count < 0 ? "-" : ""}${threeDigits(value, false)}${countUnits[unit] ?? ""}`;
}

/** A whole number with its thousands set apart: cursors, ticks, totals. */
export function formatWhole(count: number | null | undefined): string {
  if (count === null || count === undefined) return nothing;
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** A short time in milliseconds: `0.04 ms`, `12.5 ms`, `1.2 s`. */
export function formatMs(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return nothing;
  if (ms >= 999.5) return `${threeDigits(ms / 1000, false)} s`;
  return `${ms < 1 ? trimZeros(ms.toFixed(2)) : threeDigits(ms, false)} ms`;
}

const timeUnits = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
] as const;

/** A long time by its two greatest units: `3 d 4 h`, `12 m 5 s`, `8 s`. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return nothing;
  let seconds = Math.max(0, Math.floor(ms / 1000));
  const greatest = timeUnits.findIndex(([, size]) => seconds >= size);
  if (greatest < 0) return "0 s";
  const parts: string[] = [];
  for (const [unit, size] of timeUnits.slice(greatest, greatest + 2)) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.join(" ");
}

/** The share of one core as a percentage. */
export function formatShare(share: number | null | undefined): string {
  if (share === null || share === undefined) return nothing;
  return `${threeDigits(share * 100, false)} %`;
}

/** The time of day where the reader is, to the second. */
export function formatTime(wallMs: number): string {
  const at = new Date(wallMs);
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => part.toString().padStart(2, "0"))
    .join(":");
}

function threeDigits(value: number, whole: boolean): string {
  if (whole || value >= 99.95) return Math.round(value).toString();
  return trimZeros(value.toFixed(value >= 9.995 ? 1 : 2));
}

/** `1.50` is `1.5`, and `2.00` is `2`. */
function trimZeros(digits: string): string {
  return digits.replace(/\.?0+$/, "");
}
