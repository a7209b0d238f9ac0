// Runs an evalscript over blocks of pixels. Evaluated after helpers.js and the evalscript itself, whose functions it finds in
// the global scope. Python writes band values into input buffers and reads the outputs; nothing else crosses the border.
(function () {
  "use strict";

  const entry = (name) => (0, eval)(`typeof ${name} === "function" ? ${name} : undefined`);
  const isList = (value) => Array.isArray(value) || ArrayBuffer.isView(value);

  class ServiceError extends Error {}

  // Errors become the text that the service reports; `evalscript.js` is the name under which Python evaluates the script.
  function explain(error) {
    if (error instanceof ServiceError) return error.message;
    if (!(error instanceof Error)) return `Failed to evaluate script!\nevalscript.js: ${String(error)}`;
    const place = /evalscript\.js:(\d+)/.exec(error.stack || "");
    return `Failed to evaluate script!\nevalscript.js${place ? ":" + place[1] : ""}: ${error.name}: ${error.message}`;
  }

  function guarded(action) {
    try {
      return JSON.stringify({ value: action() });
    } catch (error) {
      return JSON.stringify({ error: explain(error) });
    }
  }

  // ---- setup() ----------------------------------------------------------------------------------------------------------

  function normaliseInput(input) {
    if (input === undefined || input === null) throw new ServiceError("Function setup() must return an input.");
    const list = Array.isArray(input) ? input : [input];
    const plain = list.filter((item) => typeof item === "string");
    const objects = list.filter((item) => typeof item !== "string");
    if (plain.length) objects.unshift({ bands: plain });
    return objects.map((item) => {
      if (!item || !Array.isArray(item.bands)) throw new ServiceError("Function setup() must list the bands of each input.");
      return {
        datasource: item.datasource === undefined ? null : String(item.datasource),
        bands: item.bands.map(String),
        units: item.units === undefined ? null : item.units,
        mosaicking: item.mosaicking === undefined ? null : String(item.mosaicking),
        metadata: item.metadata || [],
      };
    });
  }

  function normaliseOutput(output) {
    if (output === undefined || output === null) throw new ServiceError("Function setup() must return an output.");
    return (Array.isArray(output) ? output : [output]).map((item) => ({
      id: item.id === undefined ? "default" : String(item.id),
      bands: item.bands === undefined ? 1 : item.bands,
      sampleType: item.sampleType === undefined ? "AUTO" : String(item.sampleType),
      nodataValue: typeof item.nodataValue === "number" ? item.nodataValue : null,
    }));
  }

  function runSetup() {
    const setup = entry("setup");
    if (!setup) throw new ServiceError("Failed to evaluate script!\nevalscript.js: function setup() is not defined.");
    if (!entry("evaluatePixel")) {
      throw new ServiceError("Failed to evaluate script!\nevalscript.js: function evaluatePixel() is not defined.");
    }
    const declared = setup();
    if (!declared || typeof declared !== "object") throw new ServiceError("Function setup() must return an object.");
    return {
      input: normaliseInput(declared.input),
      output: normaliseOutput(declared.output),
      mosaicking: declared.mosaicking === undefined ? "SIMPLE" : String(declared.mosaicking),
      preProcesses: Boolean(entry("preProcessScenes")),
    };
  }

  // ---- scenes -----------------------------------------------------------------------------------------------------------

  const listName = (source) => (source.mosaicking === "TILE" ? "tiles" : "orbits");

  // What says which layer a scene is: a script's copies keep it, but no script comes across it.
  const LAYER = Symbol("layer");
  const IDENTITIES = ["dateFrom", "dataPath"];

  // The layer of a scene that preProcessScenes returns; a copy through JSON is known by its date or path. -1 for a stranger.
  function layerOf(scene, source) {
    if (!scene) return -1;
    if (scene[LAYER] !== undefined) return scene[LAYER];
    return source.scenes.findIndex((known) => IDENTITIES.some((name) => known[name] !== undefined && known[name] === scene[name]));
  }

  // The scenes that preProcessScenes keeps, as numbers of the layers, for each source.
  function preProcess(sources) {
    const hook = entry("preProcessScenes");
    if (!hook) return sources.map((source) => source.scenes.map((scene, number) => number));
    const collection = (source) => ({
      from: new Date(source.from),
      to: new Date(source.to),
      scenes: {
        [listName(source)]: source.scenes.map(({ tiles, ...rest }, number) => ({ ...rest, [LAYER]: number })),
      },
    });
    const fused = sources.length > 1;
    const all = fused ? Object.fromEntries(sources.map((source) => [source.key, collection(source)])) : collection(sources[0]);
    const kept = hook(all);
    return sources.map((source) => {
      const result = kept && (fused ? kept[source.key] : kept);
      const scenes = result && result.scenes && result.scenes[listName(source)];
      if (!Array.isArray(scenes)) throw new ServiceError("Function preProcessScenes() must return collections with scenes.");
      const layers = scenes.map((scene) => layerOf(scene, source));
      if (layers.includes(-1)) throw new ServiceError("Function preProcessScenes() must return scenes that it was given.");
      return layers;
    });
  }

  // `scenes` of evaluatePixel: empty for SIMPLE, else orbits or tiles; by source when several are fused.
  function scenesArgument(sources) {
    const one = (source) =>
      source.mosaicking === "SIMPLE" ? {} : { [listName(source)]: source.scenes.map((scene) => ({ ...scene })) };
    if (sources.length === 1) return one(sources[0]);
    return Object.fromEntries(
      sources.map((source) => {
        const scenes = one(source);
        return [source.key, { ...scenes, scenes }];
      }),
    );
  }

  function updatedBands(outputs, sources) {
    const hook = entry("updateOutput");
    if (!hook) return;
    const output = Object.fromEntries(outputs.map((item) => [item.id, { bands: item.bands }]));
    const scenes = (source) => ({
      scenes: source.scenes.map((scene, number) => ({ ...scene, date: new Date(source.times[number]) })),
    });
    const collection =
      sources.length === 1 ? scenes(sources[0]) : Object.fromEntries(sources.map((source) => [source.key, scenes(source)]));
    hook(output, collection);
    for (const item of outputs) item.bands = output[item.id].bands;
  }

  // ---- evaluatePixel ----------------------------------------------------------------------------------------------------

  // A function (values, offset) => {"B04": ..., "B08": ...}. Generated, so that V8 gives all samples one hidden class.
  function sampleMaker(bands, block) {
    const fields = bands.map((name, index) => `${JSON.stringify(name)}: values[offset + ${index * block}]`);
    return new Function("values", "offset", `return {${fields.join(", ")}};`);
  }

  // A function (values, pixel) => [sample, …], one a layer; one a source, so that V8 knows the kind of its samples.
  function listMaker(bands, layers, block) {
    const make = sampleMaker(bands, block);
    const stride = bands.length * block;
    return (values, pixel) => {
      const list = new Array(layers);
      for (let layer = 0; layer < layers; layer++) list[layer] = make(values, layer * stride + pixel);
      return list;
    };
  }

  let session = null;

  function prepare(spec) {
    const evaluatePixel = entry("evaluatePixel");
    const fused = spec.sources.length > 1;
    updatedBands(spec.outputs, spec.sources);
    let offset = 0;
    for (const output of spec.outputs) {
      if (!Number.isInteger(output.bands) || output.bands < 0) {
        throw new ServiceError(`Output ${output.id} must have a whole number of bands.`);
      }
      output.offset = offset;
      if (output.wanted) offset += output.bands;
    }
    const inputs = spec.sources.map((source) => {
      return {
        key: source.key,
        single: source.mosaicking === "SIMPLE" && !fused,
        layers: source.scenes.length,
        make: sampleMaker(source.bands, spec.block),
        list: listMaker(source.bands, source.scenes.length, spec.block),
        empty: Object.fromEntries(source.bands.map((name) => [name, 0])),
        values: new Float64Array(Math.max(1, source.scenes.length * source.bands.length * spec.block)),
      };
    });
    session = {
      evaluatePixel,
      inputs,
      fused,
      outputs: spec.outputs.filter((output) => output.wanted),
      declared: spec.outputs.length,
      block: spec.block,
      results: new Float64Array(Math.max(1, offset * spec.block)),
      scenes: scenesArgument(spec.sources),
      inputMetadata: spec.inputMetadata,
      customData: {},
      outputMetadata: {},
    };
    return spec.outputs.map((output) => output.bands);
  }

  function samplesAt(input, pixel) {
    if (!input.single) return input.list(input.values, pixel);
    return input.layers ? input.make(input.values, pixel) : { ...input.empty };
  }

  // Puts a pixel's result where Python finds it.
  function storeMaker({ outputs, results, block, declared }) {
    return (result, pixel) => {
      const plain = isList(result);
      for (let number = 0; number < outputs.length; number++) {
        const output = outputs[number];
        const values = plain ? (declared === 1 ? result : undefined) : result ? result[output.id] : undefined;
        if (values !== result ? !isList(values) : !plain) throw new ServiceError("Script must return an array.");
        const bands = output.bands;
        if (values.length !== bands) {
          throw new ServiceError(`Script must return ${bands} value(s) for output ${output.id}, but it returned ${values.length}.`);
        }
        let place = output.offset * block + pixel;
        for (let band = 0; band < bands; band++, place += block) results[place] = values[band];
      }
    };
  }

  function run(count) {
    const { evaluatePixel, inputs, fused, scenes, inputMetadata, customData, outputMetadata } = session;
    const first = inputs[0];
    const store = storeMaker(session);
    for (let pixel = 0; pixel < count; pixel++) {
      let samples;
      if (fused) {
        samples = {};
        for (const input of inputs) samples[input.key] = samplesAt(input, pixel);
      } else {
        samples = samplesAt(first, pixel);
      }
      store(evaluatePixel(samples, scenes, inputMetadata, customData, outputMetadata), pixel);
    }
    return null;
  }

  function userData() {
    const hook = entry("updateOutputMetadata");
    if (hook) hook(session.scenes, session.inputMetadata, session.outputMetadata);
    const data = session.outputMetadata.userData;
    return data === undefined ? {} : data;
  }

  globalThis.__sandbox = {
    setup: () => guarded(runSetup),
    preProcess: (sources) => guarded(() => preProcess(sources)),
    prepare: (spec) => guarded(() => prepare(spec)),
    run: (count) => guarded(() => run(count)),
    userData: () => guarded(userData),
    input: (index) => session.inputs[index].values.buffer,
    results: () => session.results.buffer,
  };
})();
