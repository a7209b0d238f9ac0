// What an evalscript finds in its global scope [evalscript V3: utility functions], written from that description.
// Everything is assigned to globalThis, not declared, so that a script may declare the same names itself.
(function () {
  "use strict";

  const JAVA_DOUBLE_MAX_VAL = 1.7976931348623157e308;
  const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

  // ---- colours ----------------------------------------------------------------------------------------------------------

  const int2rgb = (color) => [(color >> 16) & 0xff, (color >> 8) & 0xff, color & 0xff];
  const rgb2int = (color) => (color[0] << 16) + (color[1] << 8) + color[2];
  const normalizeRGB = (color) => color.map((value) => value / 255);
  const combine = (first, second, alpha) => first.map((value, i) => value * alpha + second[i] * (1 - alpha));
  const isHex = (color) => typeof color === "number";
  const asUnit = (color) => (isHex(color) ? normalizeRGB(int2rgb(color)) : color);

  // Between two hexadecimal colours the result is one of 256 levels, as in the documented examples (0.5019… for a half).
  function between(first, second, share) {
    if (!isHex(first) || !isHex(second)) return combine(asUnit(second), asUnit(first), share);
    const level = (shift) =>
      Math.round(((second >> shift) & 0xff) * share + ((first >> shift) & 0xff) * (1 - share)) / 255;
    return [level(16), level(8), level(0)];
  }

  const blueRed = [
    [1.0, 0x000080],
    [0.875, 0x0000ff],
    [0.625, 0x00ffff],
    [0.375, 0xffff00],
    [0.125, 0xff0000],
    [0.0, 0x800000],
  ];
  const redTemperature = [
    [1.0, 0x000000],
    [0.525, 0xae0000],
    [0.3, 0xff6e00],
    [0.25, 0xff8600],
    [0.0, 0xffffff],
  ];
  const greenWhite = [
    [1.0, 0x000000],
    [0.6, 0x006600],
    [0.3, 0x80b300],
    [0.0, 0xffffff],
  ];
  const oceanColor = [
    [0.0, 0x93006c], [0.0471, 0x6f0090], [0.098, 0x4800b7], [0.149, 0x2100de], [0.2, 0x000aff], [0.2471, 0x004aff],
    [0.298, 0x0090ff], [0.349, 0x00d5ff], [0.4, 0x00ffd7], [0.4471, 0x00ff77], [0.498, 0x00ff0f], [0.549, 0x60ff00],
    [0.6, 0xc8ff00], [0.6471, 0xffeb00], [0.698, 0xffb700], [0.749, 0xff8300], [0.8, 0xff4f00], [0.8471, 0xff1f00],
    [0.898, 0xe60000], [0.949, 0xa50000], [1.0, 0x690000],
  ].map(([value, color]) => [value, normalizeRGB(int2rgb(color))]);
  const defaultColorMap = [
    [-1.0, 0x000000], [-0.2, 0xff0000], [-0.1, 0x9a0000], [0.0, 0x660000], [0.1, 0xffff33], [0.2, 0xcccc33],
    [0.3, 0x666600], [0.4, 0x33ffff], [0.5, 0x33cccc], [0.6, 0x006666], [0.7, 0x33ff33], [0.8, 0x33cc33], [0.9, 0x006600],
  ];

  // ---- visualizers ------------------------------------------------------------------------------------------------------

  class ColorMapVisualizer {
    constructor(valColPairs) {
      this.valColPairs = valColPairs;
    }
    process(value) {
      let color = this.valColPairs[0][1];
      for (const [start, next] of this.valColPairs) {
        if (value < start) break;
        color = next;
      }
      return asUnit(color);
    }
    static createDefaultColorMap() {
      return new ColorMapVisualizer(defaultColorMap);
    }
  }

  class ColorRampVisualizer {
    constructor(ramps, minVal, maxVal) {
      const sorted = ramps.map(([value, color]) => [value, color]).sort((a, b) => a[0] - b[0]);
      const low = sorted[0][0];
      const high = sorted[sorted.length - 1][0];
      const from = minVal === undefined ? low : minVal;
      const to = maxVal === undefined ? high : maxVal;
      const moved = from !== low || to !== high;
      const scale = high === low ? 0 : (to - from) / (high - low);
      this.ramps = moved ? sorted.map(([value, color]) => [from + (value - low) * scale, color]) : sorted;
    }
    inverse() {
      const colors = this.ramps.map((ramp) => ramp[1]).reverse();
      return new ColorRampVisualizer(this.ramps.map(([value], i) => [value, colors[i]]));
    }
    process(value) {
      const ramps = this.ramps;
      const last = ramps.length - 1;
      if (!(value > ramps[0][0])) return asUnit(ramps[0][1]);
      if (value >= ramps[last][0]) return asUnit(ramps[last][1]);
      let i = 1;
      while (value > ramps[i][0]) i++;
      return between(ramps[i - 1][1], ramps[i][1], (value - ramps[i - 1][0]) / (ramps[i][0] - ramps[i - 1][0]));
    }
  }

  // The presets run against their position: 1.0 stands for minVal and 0.0 for maxVal.
  const preset = (kind, pairs) => (minVal, maxVal) =>
    new kind(pairs.map(([position, color]) => [1 - position, color]), minVal, maxVal);

  class ColorGradientVisualizer extends ColorRampVisualizer {
    constructor(valColPairs, minVal = 0.0, maxVal = 1.0) {
      super(valColPairs.map(([position, color]) => [1 - position, color]), minVal, maxVal);
    }
    static createRedTemperature(minVal, maxVal) {
      return new ColorGradientVisualizer(redTemperature, minVal, maxVal);
    }
    static createWhiteGreen(minVal, maxVal) {
      return new ColorGradientVisualizer(greenWhite, minVal, maxVal);
    }
    static createBlueRed(minVal, maxVal) {
      return new ColorGradientVisualizer(blueRed, minVal, maxVal);
    }
  }
  ColorRampVisualizer.createRedTemperature = preset(ColorRampVisualizer, redTemperature);
  ColorRampVisualizer.createWhiteGreen = preset(ColorRampVisualizer, greenWhite);
  ColorRampVisualizer.createBlueRed = preset(ColorRampVisualizer, blueRed);
  ColorRampVisualizer.createOceanColor = (minVal, maxVal) => new ColorRampVisualizer(oceanColor, minVal, maxVal);

  class DefaultVisualizer {
    constructor(minValue = 0.0, maxValue = 1.0, gain = 1.0, offset = 0.0, gamma = 1.0) {
      Object.assign(this, { minValue, maxValue, gain, offset, gamma });
    }
    stretched(value) {
      const v = (this.gain * (value - this.minValue)) / (this.maxValue - this.minValue) + this.offset;
      return this.gamma === 1.0 ? v : Math.pow(Math.max(0, v), this.gamma);
    }
    process(value) {
      return clamp(this.stretched(value), 0, 1);
    }
    processList(values) {
      return values.map((value) => this.process(value));
    }
  }

  // Above 0.92 the slope falls, such that a stretched 2 becomes 1.
  const HIGHLIGHT = 0.92;
  class HighlightCompressVisualizer extends DefaultVisualizer {
    stretched(value) {
      const v = super.stretched(value);
      if (v <= HIGHLIGHT || !(this.maxValue > 0 && this.maxValue < 1)) return v;
      return HIGHLIGHT + ((v - HIGHLIGHT) * (1 - HIGHLIGHT)) / (2 - HIGHLIGHT);
    }
  }
  class HighlightCompressVisualizerSingle extends HighlightCompressVisualizer {
    process(value) {
      return [super.process(value)];
    }
  }
  class Identity {
    process(value) {
      return Array.isArray(value) ? value : [value];
    }
  }

  // ---- functions --------------------------------------------------------------------------------------------------------

  const index = (x, y) => (x + y !== 0 ? (x - y) / (x + y) : 0);
  const inverse = (x) => (x !== 0 ? 1 / x : JAVA_DOUBLE_MAX_VAL);
  const bothLists = (a, b) => Array.isArray(a) && Array.isArray(b);

  function valueMap(value, intervals, values) {
    if (!bothLists(intervals, values)) return value;
    const at = intervals.findIndex((limit) => value <= limit);
    return values[at < 0 ? values.length - 1 : at];
  }

  function valueInterpolate(value, intervals, values) {
    if (!bothLists(intervals, values)) return value;
    if (value <= intervals[0]) return values[0];
    const at = intervals.findIndex((limit) => value <= limit);
    if (at < 0) return values[values.length - 1];
    const share = (value - intervals[at - 1]) / (intervals[at] - intervals[at - 1]);
    const [low, high] = [values[at - 1], values[at]];
    return Array.isArray(low)
      ? low.map((part, i) => part * (1 - share) + high[i] * share)
      : low * (1 - share) + high * share;
  }

  const bits = (value, shift, mask) => (value >> shift) & mask;

  function decodeL8C2Qa(value) {
    const names = ["fill", "dilatedCloud", "cirrus", "cloud", "cloudShadow", "snow", "clear", "water"];
    const levels = ["cloudConfidence", "cloudShadowConfidence", "snowIceConfidence", "cirrusConfidence"];
    return {
      ...Object.fromEntries(names.map((name, i) => [name, bits(value, i, 1)])),
      ...Object.fromEntries(levels.map((name, i) => [name, bits(value, 8 + 2 * i, 3)])),
    };
  }

  // From bit 31 downwards; the lowest 21 bits are the saturation of Oa21 (bit 0) to Oa01 (bit 20).
  function decodeS3OLCIQualityFlags(value) {
    const names = [
      "land", "coastline", "fresh_inland_water", "tidal_region", "bright", "straylight_risk", "invalid", "cosmetic",
      "duplicated", "sun_glint_risk", "dubious",
    ];
    const flags = Object.fromEntries(names.map((name, i) => [name, bits(value, 31 - i, 1)]));
    for (let band = 1; band <= 21; band++) flags[`saturatedB${String(band).padStart(2, "0")}`] = bits(value, 21 - band, 1);
    return flags;
  }

  const enumeration = (names) => Object.freeze(Object.fromEntries(names.map((name) => [name, name])));

  Object.assign(globalThis, {
    Mosaicking: enumeration(["SIMPLE", "ORBIT", "TILE"]),
    SampleType: enumeration(["INT8", "UINT8", "INT16", "UINT16", "FLOAT32", "AUTO"]),
    Units: enumeration(["DN", "REFLECTANCE", "DEGREES", "PERCENT", "OPTICAL_DEPTH", "LINEAR_POWER", "DB"]),
    JAVA_DOUBLE_MAX_VAL,
    blueRed,
    redTemperature,
    greenWhite,
    oceanColor,
    ColorMapVisualizer,
    ColorRampVisualizer,
    ColorGradientVisualizer,
    DefaultVisualizer,
    HighlightCompressVisualizer,
    HighlightCompressVisualizerSingle,
    Identity,
    int2rgb,
    rgb2int,
    normalizeRGB,
    combine,
    index,
    inverse,
    valueMap,
    valueInterpolate,
    colorBlend: valueInterpolate,
    decodeL8C2Qa,
    decodeS3OLCIQualityFlags,
  });
})();
