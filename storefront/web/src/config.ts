import { fetchInTime } from './in_time';
import { setDecimals } from './money';

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
  /** Missing until the first upload of pages after an upgrade. */
  currencyDecimals?: number;
}

export async function loadConfig(): Promise<Config> {
  const response = await fetchInTime('/config.json', { cache: 'no-cache' });
  if (!response.ok) throw new Error(`/config.json answers ${response.status}`);
  const config = (await response.json()) as Config;
  setDecimals(config.currency, config.currencyDecimals);
  return config;
}
