import { describe, expect, it } from 'vitest';
import { EMPTY, addressOf, countries, countryName, problemsOf } from '../src/shop/address';

const GOOD = {
  ...EMPTY,
  name: 'Jo',
  streetAddress: '1 Street',
  city: 'Berlin',
  country: 'de',
  phoneNumber: '+49 30 1',
};

describe('an address', () => {
  it('needs what createOrder needs', () => {
    expect(Object.keys(problemsOf(EMPTY)).sort()).toEqual(['city', 'country', 'name', 'phoneNumber', 'streetAddress']);
    expect(problemsOf({ ...GOOD, name: '  ' })).toEqual({ name: 'Please enter your name.' });
    expect(problemsOf(GOOD)).toEqual({});
  });

  it('has a country of two letters and a phone number of digits', () => {
    expect(problemsOf({ ...GOOD, country: 'Germany' })).toHaveProperty('country');
    expect(problemsOf({ ...GOOD, phoneNumber: 'none' })).toHaveProperty('phoneNumber');
  });

  it.each(['(555) 123-4567', '(0)30 1234', '555-123-4567 x12', '+49 30 000 000'])('may have the phone %s', (phoneNumber) => {
    expect(problemsOf({ ...GOOD, phoneNumber })).toEqual({});
  });

  it('has fields of a limited length', () => {
    expect(problemsOf({ ...GOOD, companyName: 'x'.repeat(201) })).toHaveProperty('companyName');
    expect(problemsOf({ ...GOOD, postCode: '1'.repeat(41), phoneNumber: '1'.repeat(51) })).toEqual({
      postCode: 'At most 40 characters.',
      phoneNumber: 'At most 50 characters.',
    });
  });

  it('is sent trimmed, with null for what is blank', () => {
    expect(addressOf({ ...GOOD, city: ' Berlin ', state: ' ' })).toMatchObject({
      city: 'Berlin',
      state: null,
      country: 'DE',
    });
  });

  it('offers countries in the order of their names', () => {
    const names = countries('en').map(({ name }) => name);
    expect(names).toContain('Germany');
    expect(names).toEqual([...names].sort((one, other) => one.localeCompare(other)));
  });
});

it('names a country, and keeps a code that names none', () => {
  expect(countryName('DE', 'en')).toBe('Germany');
  expect(countryName('1?', 'en')).toBe('1?');
});
