import { util } from '@aws-appsync/utils';

// The resolver of every field that has a function. The local cloud has no JavaScript engine. It runs the same logic in
// Python (tools/local_platform/resolver_twins.py), and refuses this file when its code has another hash than listed there.

// The payload is that of a direct Lambda resolver with two headers only: AppSync does not pass on `authorization`.
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

// The function returns the value, or {error: {type, message, info}} when the client can act on the error.
// The client never gets the message of an unhandled exception: it may hold internals.
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
