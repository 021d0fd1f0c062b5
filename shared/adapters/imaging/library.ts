import sharp from 'sharp';

// Each image is decoded once, so a cache would only keep images of patients in memory.
sharp.cache(false);
// Images are decoded in parallel; more threads per image would compete with the engine's threads.
sharp.concurrency(1);
// The library reads dozens of formats. All that the pipeline does not need are switched off: each
// is code that untrusted bytes would reach.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['VipsForeignLoadPngBuffer', 'VipsForeignLoadJpegBuffer'] });

/** The image library, set up for untrusted bytes. */
export { sharp };
