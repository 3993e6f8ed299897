import { describe, expect, it } from 'vitest';
import { minorUnits, money, plain } from '../src/money';

describe('money', () => {
  it('has the digits of its currency', () => {
    expect(money(1999, 'EUR', 'en')).toBe('€19.99');
    expect(money(1999, 'JPY', 'en')).toBe('¥1,999');
    expect(money(1999, 'KWD', 'en').replace(/\s/g, ' ')).toBe('KWD 1.999');
    expect(money(5, 'EUR', 'de').replace(/\s/g, ' ')).toBe('0,05 €');
  });

  it('is read from a field without rounding', () => {
    expect(minorUnits('19.99', 'EUR')).toBe(1999);
    expect(minorUnits(' 19,9 ', 'EUR')).toBe(1990);
    expect(minorUnits('0.29', 'EUR')).toBe(29);
    expect(minorUnits('1999', 'JPY')).toBe(1999);
  });

  it('is refused when it is no price', () => {
    for (const text of ['', 'x', '1.999', '-1', '1e3', '99999999']) expect(minorUnits(text, 'EUR')).toBeUndefined();
    expect(minorUnits('1.5', 'JPY')).toBeUndefined();
  });

  it('is the same number again in a field', () => {
    for (const amount of [0, 1, 29, 1999, 2_147_483_647]) expect(minorUnits(plain(amount, 'EUR'), 'EUR')).toBe(amount);
  });
});
