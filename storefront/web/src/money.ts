/** Prices are whole numbers of minor units: 1999 of EUR is 19.99. */

// Browsers have other numbers for some currencies than ISO 4217 and the platform: none for HUF.
const decimalsOfThePlatform = new Map<string, number>();

/** How many decimals the platform gives a currency; undefined: as many as the browser. */
export function setDecimals(currency: string, decimals: number | undefined): void {
  if (decimals === undefined) decimalsOfThePlatform.delete(currency);
  else decimalsOfThePlatform.set(currency, decimals);
}

/** The price in the reader's language: `€19.99`, `¥1,999`. */
export function money(amount: number, currency: string, locale?: string): string {
  const digits = digitsOf(currency);
  const shown = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(locale, { style: 'currency', currency, ...shown }).format(amount / 10 ** digits);
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
  const decimals = decimalsOfThePlatform.get(currency);
  if (decimals !== undefined) return decimals;
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
