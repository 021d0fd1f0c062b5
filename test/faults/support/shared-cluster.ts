import { type Cluster, openCluster } from './cluster.ts';

let opening: Promise<Cluster> | null = null;

/** The cluster of this run of tests, started by whoever asks first. */
export const sharedCluster = (): Promise<Cluster> => {
  opening ??= openCluster();
  return opening;
};

/** Mocha's root hooks: the cluster ends with the run. */
export const mochaHooks = {
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    await (await opening?.catch(() => null))?.close();
  },
};
