//VERSION=3
function setup() {
  return {
    input: ["B04", "B08"],
    output: [{ id: "ndvi", bands: 1, sampleType: "FLOAT32" }],
    mosaicking: "ORBIT",
  };
}

function evaluatePixel(samples) {
  return [Math.max(-1, ...samples.map((sample) => index(sample.B08, sample.B04)))];
}
