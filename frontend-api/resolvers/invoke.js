import { util } from '@aws-appsync/utils';

// The one handler of every resolver. The local cloud has no JavaScript engine: it runs the Python twin in
// tools/local_platform/resolver_twins.py, which knows this text by its hash and refuses any other.

// The function gets what a direct Lambda resolver gets, without headers: `authorization` never leaves AppSync.
export function request(ctx) {
  return {
    operation: 'Invoke',
    payload: {
      arguments: ctx.args,
      identity: ctx.identity,
      source: ctx.source,
      info: {
        fieldName: ctx.info.fieldName,
        parentTypeName: ctx.info.parentTypeName,
        selectionSetList: ctx.info.selectionSetList,
        variables: ctx.info.variables,
      },
      request: {
        domainName: ctx.request.domainName,
        headers: {
          'x-amzn-trace-id': ctx.request.headers['x-amzn-trace-id'],
          'x-correlation-id': ctx.request.headers['x-correlation-id'],
        },
      },
    },
  };
}

// A function answers with the value, or with {error: {type, message, info}} for a refusal the client can act on.
// The text of a function that failed stays in its log.
export function response(ctx) {
  if (ctx.error) {
    util.error('The request could not be handled.', ctx.error.type);
  }
  const result = ctx.result;
  if (result && result.error) {
    util.error(result.error.message, result.error.type, null, result.error.info);
  }
  return result;
}
