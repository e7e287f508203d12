const price = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const share = new Intl.NumberFormat("en", {
  style: "percent",
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: "exceptZero",
});

/** `1234` as `12.34`. */
export function priceText(cents: number): string {
  return price.format(cents / 100);
}

/** How far a price is from where it opened: `+1.20%`. */
export function changeText(cents: number, openCents: number): string {
  return openCents === 0 ? "" : share.format(cents / openCents - 1);
}
