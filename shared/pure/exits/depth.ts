/** How deep rows went. Layers count once a row; tokens play no part. */
export interface DepthUse {
  readonly rows: number;
  /** Layers that the rows ran, all together. */
  readonly layersRun: number;
  /** Layers that they would have run without exits. */
  readonly layersFull: number;
  /** Mean exit layer, counted from 1; 0 without rows. */
  readonly meanExitLayer: number;
  /** Part of the layers that was not run, 0 to 1; 0 without rows. */
  readonly layersSaved: number;
}

/**
 * Adds up exit layers.
 * @param exitLayers one a row, counted from 1
 * @param layers layers of the model
 */
export function depthUse(exitLayers: Iterable<number>, layers: number): DepthUse {
  let rows = 0;
  let layersRun = 0;
  for (const exitLayer of exitLayers) {
    rows += 1;
    layersRun += exitLayer;
  }
  const layersFull = rows * layers;
  if (rows === 0) return { rows, layersRun, layersFull, meanExitLayer: 0, layersSaved: 0 };
  return { rows, layersRun, layersFull, meanExitLayer: layersRun / rows, layersSaved: 1 - layersRun / layersFull };
}
