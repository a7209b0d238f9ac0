// One call of evaluatePixel() with made-up samples of the declared shape. [evalscript docs: V3, evaluatePixel function]
// Made before the script runs, out of its reach. Scenes and metadata are stand-ins, as the script may read anything of
// them; a value that comes from one is no value to judge by.
(function (standIn, isVague, limit) {
  "use strict";
  const stringify = JSON.stringify, isArray = Array.isArray, keys = Object.keys, text = String, Watch = Proxy;
  const isIndex = (name) => /^\d+$/.test(name);
  const VALUES = { dataMask: 1, SCL: 4, CLM: 0, CLP: 10, CLD: 10, SNW: 0 };

  return function (setupBox, functionBox, updatesOutput) {
    const unknown = [];
    const watched = (target, known) => new Watch(target, {
      get(from, name) {
        const isKnown = typeof name === "symbol" || name in from || name === "toJSON" || known(name);
        if (!isKnown && unknown.length < 20 && !unknown.includes(name)) unknown.push(text(name).slice(0, 60));
        return from[name];
      },
    });
    const sample = (bands) => {
      const values = {};
      for (const band of bands) values[band] = band in VALUES ? VALUES[band] : 0.3;
      return watched(values, () => false);
    };
    const several = (input) => watched([sample(input.bands), sample(input.bands)], isIndex);

    const setup = setupBox[0];
    const given = isArray(setup.input) ? setup.input : [setup.input];
    const names = given.filter((one) => typeof one === "string");
    const inputs = given.filter((one) => typeof one !== "string");
    if (names.length) inputs.unshift({ bands: names });
    let samples;
    if (inputs.length === 1 && inputs[0].datasource === undefined) {
      const mosaicking = inputs[0].mosaicking || setup.mosaicking || "SIMPLE";
      samples = mosaicking === "SIMPLE" ? sample(inputs[0].bands) : several(inputs[0]);
    } else if (inputs.every((one) => typeof one.datasource === "string")) {
      samples = {};
      for (const one of inputs) samples[one.datasource] = several(one);
    } else {
      return "null"; // which collection is called what is the request's
    }

    const value = functionBox[0](samples, standIn, standIn, standIn, standIn);
    const outputs = isArray(setup.output) ? setup.output : [setup.output];
    const count = (one) => {
      if (one === undefined || one === null) return -1;
      if (typeof one === "number" || typeof one === "boolean") return 1;
      return typeof one === "object" && typeof one.length === "number" ? one.length : null;
    };
    const returned = {};
    if (isVague() || updatesOutput || typeof value === "function") {
      // nothing can be said
    } else if (value === undefined || value === null) {
      for (const one of outputs) returned[one.id || "default"] = -1;
    } else if (typeof value !== "object" || typeof value.length === "number") {
      if (outputs.length === 1) returned[outputs[0].id || "default"] = count(value);
      else return stringify({ unknown, list: true });
    } else {
      for (const one of outputs) {
        const found = value[one.id || "default"];
        returned[one.id || "default"] = typeof found === "function" ? null : count(found);
      }
    }
    const result = stringify({ unknown, returned });
    return result.length > limit || keys(returned).length > 200 ? "null" : result;
  };
})
