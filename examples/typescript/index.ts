// Maximum NDVI over Corsica, April to June 2019, as one GeoTIFF a tile: examples/geotiff in TypeScript.
// Once before: `python -m pulumi_sentinelhub.plugin install`, then `pulumi package add` with the path that it prints.

import { readFileSync } from "node:fs";
import * as sentinelhub from "pulumi-sentinelhub-plugin";

// The bucket that results land in, with the policy that lets Sentinel Hub write. With forceDestroy,
// `pulumi destroy` removes the results, too.
const results = new sentinelhub.OutputBucket("results", { forceDestroy: true });

// What is to be computed: the payload of Sentinel Hub's own documentation. Creating it costs nothing.
const request = new sentinelhub.BatchRequest("max-ndvi", {
    processRequest: {
        input: {
            bounds: {
                bbox: [8.44, 41.31, 9.66, 43.1],
                properties: { crs: "http://www.opengis.net/def/crs/OGC/1.3/CRS84" },
            },
            data: [
                {
                    dataFilter: {
                        timeRange: { from: "2019-04-01T00:00:00Z", to: "2019-06-30T00:00:00Z" },
                        maxCloudCoverage: 70.0,
                    },
                    type: "sentinel-2-l2a",
                },
            ],
        },
        output: { responses: [{ identifier: "default", format: { type: "image/tiff" } }] },
    },
    evalscript: readFileSync("max-ndvi.js", "utf-8"),
    tilingGrid: { id: 0, resolution: 60.0 },
    bucketName: results.bucket,
    description: "Max NDVI over Corsica",
});

// The desired outcome: all tiles processed. It is this resource that starts the job, waits and costs.
const run = new sentinelhub.BatchRun("max-ndvi", { requests: [request.id], until: "finished" });

export const status = run.status;
export const requestId = request.id;
export const tiles = run.tiles;
export const bucket = results.bucket;
export const resultPath = request.resultPath;
