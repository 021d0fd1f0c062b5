import sharp from 'sharp';

// An image is decoded once and never again: a cache would only keep patients' images in memory.
sharp.cache(false);
// Images are decoded side by side; threads within one would fight with those of the engine.
sharp.concurrency(1);
// The library reads dozens of kinds of file. Those that the pipeline does not take are switched off, since each is code that a stranger's bytes would run.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['VipsForeignLoadPngBuffer', 'VipsForeignLoadJpegBuffer'] });

/** The image library, set up for untrusted bytes. */
export { sharp };
