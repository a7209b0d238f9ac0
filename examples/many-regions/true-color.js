//VERSION=3
function setup() {
  return {
    input: ["B02", "B03", "B04"],
    output: { id: "default", bands: 3, sampleType: "UINT8" }
  };
}

function evaluatePixel(sample) {
  return [sample.B04, sample.B03, sample.B02].map((reflectance) => Math.min(255, 2.5 * reflectance * 255));
}
