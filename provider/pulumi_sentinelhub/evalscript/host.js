// The names that the service gives to evalscripts, so that their top level and setup() run. [evalscript docs: V3, utilities]
// Constants have their documented values. Classes and helpers are stand-ins: whatever is done with one yields the
// same stand-in again, as only what setup() declares is of interest here.
"use strict";
(function (host) {
  let vague = false; // whether one was taken apart, so that nothing is known of how many values there are
  const inert = new Proxy(function () {}, {
    get(_, name) {
      if (name === Symbol.iterator || name === "length") vague = true;
      if (name === Symbol.iterator) return function* () {};
      if (name === Symbol.toPrimitive) return () => 0;
      if (name === "toJSON") return () => null;
      if (name === "length") return 0;
      return inert;
    },
    apply: () => inert,
    construct: () => inert,
    set: () => true,
    has: () => true,
  });
  const constants = {
    Mosaicking: { SIMPLE: "SIMPLE", ORBIT: "ORBIT", TILE: "TILE" },
    SampleType: {
      AUTO: "AUTO", INT8: "INT8", UINT8: "UINT8", INT16: "INT16", UINT16: "UINT16", FLOAT32: "FLOAT32",
    },
    JAVA_DOUBLE_MAX_VAL: 1.7976931348623157e308,
    blueRed: [
      [1.0, 0x000080], [0.875, 0x0000ff], [0.625, 0x00ffff], [0.375, 0xffff00], [0.125, 0xff0000], [0.0, 0x800000],
    ],
    redTemperature: [[1.0, 0x000000], [0.525, 0xae0000], [0.3, 0xff6e00], [0.25, 0xff8600], [0.0, 0xffffff]],
    greenWhite: [[1.0, 0x000000], [0.6, 0x006600], [0.3, 0x80b300], [0.0, 0xffffff]],
  };
  const standIns = [
    "ColorGradientVisualizer", "ColorMapVisualizer", "ColorRampVisualizer",
    "HighlightCompressVisualizer", "HighlightCompressVisualizerSingle", "Landsat8C2QaBandConditions",
    "colorBlend", "combine", "console", "decodeL8C2Qa", "decodeLs8Qa", "decodeS3OLCIQualityFlags", "index",
    "int2rgb", "inverse", "normalizeRGB", "oceanColor", "rgb2int", "valueInterpolate", "valueMap",
  ];
  // Writable and configurable: a script may declare its own `index` or `inverse`.
  for (const [name, value] of Object.entries(constants)) host[name] = value;
  for (const name of standIns) host[name] = inert;
  return [inert, () => vague];
})(globalThis);
