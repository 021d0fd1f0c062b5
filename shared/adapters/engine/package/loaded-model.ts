import type { LoadedModel } from '@epee/model';
import type { ModelPackage } from './package-files.ts';

/** Name, tasks and sizes of a package, with the chosen arithmetic. */
export function loadedModel({ manifest, sha256 }: ModelPackage, precision: LoadedModel['precision']): LoadedModel {
  const { name, version, backbone, tasks } = manifest;
  return {
    name,
    version,
    sha256,
    layers: backbone.layers,
    tasks,
    ...(backbone.family === 'vit' ? { image: backbone.image } : {}),
    precision,
  };
}
