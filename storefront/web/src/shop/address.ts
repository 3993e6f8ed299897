/** The address of a delivery: its fields and what must be in them. */

import type { Address } from '../api/documents';

export type Draft = Record<keyof Address, string>;

export const EMPTY: Draft = {
  name: '',
  companyName: '',
  streetAddress: '',
  postCode: '',
  city: '',
  state: '',
  country: '',
  phoneNumber: '',
};

const LONGEST = 200;
/** The platform's limits of these fields. Those of the others are not below LONGEST. */
const SHORTER: Partial<Record<keyof Address, number>> = { postCode: 40, phoneNumber: 50 };
const NAMES: Partial<Record<keyof Address, string>> = {
  name: 'your name',
  streetAddress: 'the street and the number',
  city: 'the city',
  country: 'the country',
  phoneNumber: 'a phone number for the driver',
};

/** The first problem of each field that has one. */
export function problemsOf(draft: Draft): Partial<Draft> {
  const found: Partial<Draft> = {};
  for (const [field, value] of Object.entries(draft) as [keyof Address, string][]) {
    const text = value.trim();
    const longest = SHORTER[field] ?? LONGEST;
    if (!text && NAMES[field]) found[field] = `Please enter ${NAMES[field]}.`;
    else if (text.length > longest) found[field] = `At most ${longest} characters.`;
  }
  if (!found.country && !/^[A-Za-z]{2}$/.test(draft.country.trim())) found.country = 'Please choose a country.';
  if (!found.phoneNumber && !/\d/.test(draft.phoneNumber)) found.phoneNumber = 'A phone number has digits.';
  return found;
}

/** As the platform wants it: trimmed, blank fields null, the country in capitals. */
export function addressOf(draft: Draft): Address {
  const text = (field: keyof Address) => draft[field].trim();
  const optional = (field: keyof Address) => text(field) || null;
  return {
    name: text('name'),
    companyName: optional('companyName'),
    streetAddress: text('streetAddress'),
    postCode: optional('postCode'),
    city: text('city'),
    state: optional('state'),
    country: text('country').toUpperCase(),
    phoneNumber: text('phoneNumber'),
  };
}

const CODES =
  'AT AU BE BG CA CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT JP LT LU LV MT NL NO NZ PL PT RO SE SI SK US';

/** Countries for the list, with their names in the reader's language, in the order of these. */
export function countries(locale?: string): { code: string; name: string }[] {
  const names = new Intl.DisplayNames(locale ? [locale] : undefined, { type: 'region' });
  return CODES.split(' ')
    .map((code) => ({ code, name: names.of(code) ?? code }))
    .sort((one, other) => one.name.localeCompare(other.name));
}

/** The name of a country in the reader's language; its code when the browser knows no name. */
export function countryName(code: string, locale?: string): string {
  try {
    return new Intl.DisplayNames(locale ? [locale] : undefined, { type: 'region' }).of(code) ?? code;
  } catch {
    return code; // It is no code of a country.
  }
}
