//VERSION=3
// FLOAT32 keeps values as they are; AUTO would store 0..1 as 0..255.
function setup() {
  return {
    input: ["B04", "B08"],
    output: { id: "ndvi", bands: 1, sampleType: "FLOAT32" }
  };
}

function evaluatePixel(sample) {
  return [index(sample.B08, sample.B04)];
}
