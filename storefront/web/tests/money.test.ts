import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../src/config';
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

describe('the currency of the shop', () => {
  const open = async (config: object) => {
    vi.stubGlobal('fetch', async () => ({ ok: true, json: async () => config }));
    await loadConfig();
  };
  const shown = (amount: number, currency: string) => money(amount, currency, 'en').replace(/\s/g, ' ');
  afterEach(() => void vi.unstubAllGlobals());

  it('has the decimals of the platform, not those that the browser shows', async () => {
    await open({ currency: 'HUF', currencyDecimals: 2 });
    expect(shown(199_900, 'HUF')).toBe('HUF 1,999.00');
    expect(minorUnits('1999,5', 'HUF')).toBe(199_950);
    expect(plain(199_950, 'HUF')).toBe('1999.50');
    await open({ currency: 'IQD', currencyDecimals: 3 });
    expect(shown(1999, 'IQD')).toBe('IQD 1.999');
    expect(shown(1999, 'EUR')).toBe('€19.99'); // of an order from before the shop changed its currency
  });

  it('has those of the browser with a configuration of an earlier deployment', async () => {
    await open({ currency: 'HUF' });
    expect(shown(1999, 'HUF')).toBe('HUF 1,999');
    expect(minorUnits('1999', 'HUF')).toBe(1999);
  });
});
