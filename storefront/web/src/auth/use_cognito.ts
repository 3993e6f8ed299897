import { useState } from 'preact/hooks';
import { inWords } from '../errors';
import { cognitoWords } from './cognito_calls';

export interface Cognito {
  run: (act: () => Promise<unknown>) => Promise<void>;
  problem: string;
  isBusy: boolean;
}

/** Runs a request to Cognito, once at a time; its problem in words. */
export function useCognito(): Cognito {
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const run = async (act: () => Promise<unknown>) => {
    setBusy(true);
    setProblem('');
    try {
      await act();
    } catch (error) {
      setProblem(cognitoWords(error) ?? inWords(error));
    } finally {
      setBusy(false);
    }
  };
  return { run, problem, isBusy };
}
