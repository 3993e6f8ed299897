// The one handler of resolvers without a function behind them (data source NONE): the field answers its one argument.
// A mutation of this kind hands its argument to subscribers. Has a Python twin, as invoke.js.

export function request(ctx) {
  return { payload: Object.values(ctx.args)[0] };
}

export function response(ctx) {
  return ctx.result;
}
