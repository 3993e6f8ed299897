/** Prices are whole numbers of minor units: 1999 of EUR is 19.99. */

/** The price in the reader's language: `€19.99`, `¥1,999`. */
export function money(amount: number, currency: string, locale?: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
  return format.format(amount / 10 ** digitsOf(currency));
}

/** What is typed into a field for a price, as minor units; undefined when it is no price. */
export function minorUnits(text: string, currency: string): number | undefined {
  const digits = digitsOf(currency);
  const found = /^(\d+)(?:[.,](\d+))?$/.exec(text.trim());
  const fraction = found?.[2] ?? '';
  if (!found || fraction.length > digits) return undefined;
  const amount = Number(found[1]! + fraction.padEnd(digits, '0'));
  return amount <= 2_147_483_647 ? amount : undefined;
}

/** The plain number for a field: `19.99`. */
export function plain(amount: number, currency: string): string {
  const digits = digitsOf(currency);
  return (amount / 10 ** digits).toFixed(digits);
}

function digitsOf(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
