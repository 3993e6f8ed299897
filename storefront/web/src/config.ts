import { fetchInTime } from './in_time';

/** `/config.json`, as `make config` prints it. */
export interface Config {
  apiUrl: string;
  apiKey: string;
  region: string;
  userPoolId: string;
  storefrontClientId: string;
  cognitoUrl: string;
  paymentUrl: string;
  cartUrl: string;
  returnsUrl: string;
  currency: string;
}

export async function loadConfig(): Promise<Config> {
  const response = await fetchInTime('/config.json', { cache: 'no-cache' });
  if (!response.ok) throw new Error(`/config.json answers ${response.status}`);
  return (await response.json()) as Config;
}
