import { util } from '@aws-appsync/utils';

// The handler of resolvers with a MaxBatchSize: the function gets a list of what invoke.js sends for one field, and
// answers a list. Has a Python twin in tools/local_platform/resolver_twins.py.

export function request(ctx) {
  return {
    operation: 'BatchInvoke',
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

// Each answer is the value, or {error: {type, message, info}}.
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
