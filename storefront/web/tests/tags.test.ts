import { describe, expect, it } from 'vitest';
import { tagsIn, tagsOf } from '../src/staff/tags';

describe('the tags of a product, as text of a field', () => {
  it('have commas between them', () => {
    expect(tagsIn(['brass', 'for outside'])).toBe('brass, for outside');
    expect(tagsOf(' brass ,for outside,, ')).toEqual(['brass', 'for outside']);
    expect([tagsIn([]), tagsOf('')]).toEqual(['', []]);
  });

  it('are in quotation marks when they have a comma', () => {
    expect(tagsIn(['12 V, 5 A', 'brass'])).toBe('"12 V, 5 A", brass');
    expect(tagsOf('brass,"12 V, 5 A" , loud')).toEqual(['brass', '12 V, 5 A', 'loud']);
  });

  it('may have a quotation mark as well', () => {
    expect(tagsOf('5" pipe, "round", "a" b, "open, end')).toEqual(['5" pipe', 'round', '"a" b', '"open', 'end']);
  });

  it.each([
    [['a', 'b']],
    [['a, b', 'a', 'b']],
    [[',', '","', '"', '""', '"a"', 'a"', '"a, b', 'a "b, c" d']],
    [[' a ', ' ', 'a,', ',a']],
  ])('are the same again: %j', (tags) => {
    expect(tagsOf(tagsIn(tags))).toEqual(tags);
  });
});
