/** GraphQL requests and live updates, with the API key or in the name of a signed-in user. */

import {
  Client,
  type CombinedError,
  type TypedDocumentNode,
  createRequest,
  fetchExchange,
  subscriptionExchange,
} from '@urql/core';
import { type Session, stays } from '../auth/session';
import type { Config } from '../config';
import { Refused, SignedOut, TimedOut, Unreachable } from '../errors';
import { fetchInTime, unreachable } from '../in_time';
import { Realtime } from './realtime';
import { isRefused, isTimeout } from './refusals';

const DELAYS = [400, 1200, 3000];

export interface Options {
  /** Send it again when there is no answer. Only for requests whose repetition changes nothing. */
  repeat?: boolean;
}

export interface Live<Value> {
  /** The subscription is open, for the first time or again: read the present state now. */
  open: () => void;
  next: (value: Value) => void;
  failed?: (error: unknown) => void;
}

export class Api {
  private readonly client: Client;
  private readonly realtime: Realtime;
  private lastKey = 0;
  private readonly credentials: () => Promise<Record<string, string>>;

  constructor(
    config: Config,
    private readonly session: Session,
  ) {
    this.credentials = async () => {
      const token = await session.token();
      return token ? { Authorization: token } : { 'x-api-key': config.apiKey };
    };
    this.realtime = new Realtime(config.apiUrl, this.credentials);
    const forwardSubscription = (request: { query?: string; variables?: object | undefined }) => ({
      subscribe: (sink: { next: (result: object) => void; error: (error: unknown) => void; complete: () => void }) => ({
        unsubscribe: this.realtime.subscribe(request.query ?? '', request.variables ?? {}, {
          open: () => sink.next({ data: null, extensions: { isOpen: true } }),
          // urql keeps the extensions of a subscription's earlier results.
          next: (payload) => sink.next({ ...(payload as object), extensions: { isOpen: false } }),
          error: (error) => sink.error(error),
        }),
      }),
    });
    this.client = new Client({
      url: config.apiUrl,
      fetch: fetchInTime,
      preferGetMethod: false,
      requestPolicy: 'network-only',
      exchanges: [fetchExchange, subscriptionExchange({ forwardSubscription: forwardSubscription as never })],
    });
  }

  /** Raises Refused, Unreachable or SignedOut. */
  async ask<Result, Variables extends object>(
    document: TypedDocumentNode<Result, Variables>,
    variables: Variables,
    { repeat = true }: Options = {},
  ): Promise<Result> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.once(document, variables);
      } catch (error) {
        const delay = DELAYS[attempt];
        const mayPass = error instanceof Unreachable && !(error instanceof TimedOut);
        if (!repeat || !mayPass || delay === undefined) throw error;
        await new Promise((resolve) => setTimeout(resolve, delay));
      }
    }
  }

  private async once<Result, Variables extends object>(
    document: TypedDocumentNode<Result, Variables>,
    variables: Variables,
  ): Promise<Result> {
    let headers = await this.credentials();
    const isSame = stays(this.session);
    try {
      return await this.send(document, variables, headers);
    } catch (error) {
      const refused = headers['Authorization'];
      if (!(error instanceof Unauthorised)) throw error;
      if (!refused) throw new Refused('KEY_EXPIRED', 'this page is too old; please reload it');
      // The platform has done nothing. With a new token the request is sent once more, in the name of the same user.
      const token = isSame() && (await this.session.tokenAfter(refused));
      if (!token || !isSame()) throw new SignedOut();
      headers = { Authorization: token };
    }
    try {
      return await this.send(document, variables, headers);
    } catch (error) {
      if (!(error instanceof Unauthorised)) throw error;
      if (isSame()) this.session.end();
      throw new SignedOut();
    }
  }

  private async send<Result, Variables extends object>(
    document: TypedDocumentNode<Result, Variables>,
    variables: Variables,
    headers: Record<string, string>,
  ): Promise<Result> {
    const isMutation = document.definitions.some((one) => 'operation' in one && one.operation === 'mutation');
    const context = { fetchOptions: { headers } };
    // A key of its own: urql gives a query the answer of an equal one that is under way, which may be another user's, or
    // older than what this one has just written.
    const request = { ...createRequest(document, variables as never), key: --this.lastKey };
    const sent = isMutation
      ? this.client.executeMutation(request, context)
      : this.client.executeQuery(request, context);
    const { data, error } = await sent.toPromise();
    if (error) throw problemOf(error);
    return data as Result;
  }

  /** Receive changes until the returned function is called; the connection is opened again when it is lost. */
  live<Result, Variables extends object>(
    document: TypedDocumentNode<Result, Variables>,
    variables: Variables,
    { open, next, failed }: Live<Result>,
  ): () => void {
    const { unsubscribe } = this.client.subscription(document, variables as never).subscribe((result) => {
      if (result.error) failed?.(result.error);
      else if (result.extensions?.['isOpen']) open();
      else if (result.data) next(result.data as Result);
    });
    return unsubscribe;
  }
}

/** The platform refuses the token or the key. */
class Unauthorised extends Error {}

function problemOf(error: CombinedError): Error {
  const [first] = error.graphQLErrors;
  const status = (error.response as Response | undefined)?.status;
  const code = first && errorType(first);
  if (status === 401 || code === 'UnauthorizedException') return new Unauthorised();
  if (first && isRefused({ type: code, path: first.path, status: status ?? 200 })) {
    return new Refused(code ?? 'UNKNOWN', first.message);
  }
  if (isTimeout(code)) return new TimedOut(code);
  return unreachable(error.networkError ?? error);
}

/** AppSync has it beside the message, not in `extensions`. */
function errorType(error: { originalError?: unknown; extensions?: unknown }): string | undefined {
  const original = error.originalError as { errorType?: string } | undefined;
  return original?.errorType ?? (error as { errorType?: string }).errorType;
}
