// The resolver of fields without a function (data source NONE). It returns its one argument, which AppSync passes to the
// subscribers of a mutation. tools/local_platform/resolver_twins.py has the same in Python, as for invoke.js.

export function request(ctx) {
  return { payload: Object.values(ctx.args)[0] };
}

export function response(ctx) {
  return ctx.result;
}
