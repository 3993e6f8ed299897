/** Every query of the pages is valid by the schema of the API. AppSync answers an invalid one with an error. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type DocumentNode, buildSchema, parse, print, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import * as shop from '../src/api/documents';
import * as staff from '../src/staff/documents';

// AppSync's own scalar and directives.
const APPSYNC = `
scalar AWSJSON
directive @aws_api_key on OBJECT | FIELD_DEFINITION
directive @aws_iam on OBJECT | FIELD_DEFINITION
directive @aws_cognito_user_pools(cognito_groups: [String]) on OBJECT | FIELD_DEFINITION
directive @aws_subscribe(mutations: [String]) on FIELD_DEFINITION
`;
const schema = buildSchema(APPSYNC + readFileSync(above('frontend-api/schema.graphql'), 'utf8'));

/** A file of the checkout: these tests may run in a copy of the sources some folders below its root. */
function above(name: string): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, name)) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, name);
}

const documents = Object.entries({ ...shop, ...staff }).filter(
  (entry): entry is [string, DocumentNode & typeof shop.getCart] => typeof entry[1] === 'object',
);

describe('the queries', () => {
  it.each(documents)('%s is valid', (_, document) => {
    expect(validate(schema, parse(print(document as never))).map((error) => error.message)).toEqual([]);
  });

  it('would be refused with a field that the schema does not have', () => {
    expect(validate(schema, parse('{ getProduct(productId: "a") { colour } }'))).toHaveLength(1);
  });
});
