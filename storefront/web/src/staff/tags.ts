/** The tags of a product in one field: with commas between them, in quotation marks where a tag has a comma itself. */

const TAG = /\s*(?:"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*))(?:,|$)/y;

export function tagsIn(tags: string[]): string {
  return tags.map((tag) => (isPlain(tag) ? tag : `"${tag.replaceAll('"', '""')}"`)).join(', ');
}

function isPlain(tag: string): boolean {
  return !tag.includes(',') && !tag.startsWith('"') && tag === tag.trim();
}

/** What `tagsIn` makes is read as the same tags. */
export function tagsOf(text: string): string[] {
  const tags: string[] = [];
  TAG.lastIndex = 0;
  while (TAG.lastIndex < text.length) {
    const [, quoted, plain] = TAG.exec(text)!;
    const tag = quoted?.replaceAll('""', '"') ?? plain!.trim();
    if (tag) tags.push(tag);
  }
  return tags;
}
