/** Room code may set any number of players; what travels is whole, and has 32 bits. */
export function clampUint32(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(0xffff_ffff, Math.max(0, Math.floor(value)));
}
