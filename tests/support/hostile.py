"""Evalscripts that a stranger's pull request may bring: each meant to hang, to fill, to break or to print."""

from __future__ import annotations

from collections.abc import Mapping

CANARY = "ghp_CANARY0123456789"
_VERSION = "//VERSION=3\n"
_PIXEL = "function evaluatePixel(sample) { return [1] }\n"
_START = _VERSION + _PIXEL
_LOOP = "{ get() { while (1) {} } }"
_GOOD = '{ input: ["B04"], output: { bands: 1 } }'
_SETUP = f"function setup() {{ return {_GOOD} }}"


def _returns(expression: str) -> str:
    return f"{_START}function setup() {{ return {expression} }}"


def _output(members: str) -> str:
    return _returns(f'{{ input: ["B04"], output: {{ {members} }} }}')


def _beside(member: str) -> str:
    return _returns(f'{{ input: ["B04"], output: {{ bands: 1 }}, {member} }}')


_NESTED = "(() => {{ let a = []; for (let i = 0; i < {}; i++) a = [a]; return a }})()"
_DEEP_PROXY = (
    "new Proxy({}, { get() { return new Proxy({}, this) }, ownKeys() { return ['a', 'b'] }, "
    "getOwnPropertyDescriptor() { return { enumerable: true, configurable: true } } })"
)

HOSTILE: Mapping[str, str] = {
    # numbers that no other program holds
    "400 digits": _output('bands: 1, nodataValue: JSON.rawJSON("1".repeat(400))'),
    "5000 digits": _output('bands: JSON.rawJSON("1".repeat(5000))'),
    "1e999 raw": _output('bands: JSON.rawJSON("1e999")'),
    "1e300": _output("bands: 1e300"),
    "minus zero": _output('bands: JSON.rawJSON("-0")'),
    "minus one": _output("bands: -1"),
    "NaN": _output("bands: 1, nodataValue: NaN"),
    "a big integer": _returns("10n ** 5000n"),
    "a big integer inside": _output("bands: 10n ** 3n"),
    "the biggest integer": _output("bands: 2n ** 200000000n"),
    # shapes
    "1000 levels": _beside("x: " + _NESTED.format(1000)),
    "40,000 levels": _beside("x: " + _NESTED.format(40_000)),
    "in itself": _returns("(o => { o.o = o; return o })({})"),
    "8000 bands": _returns(
        '{ input: Array.from({ length: 8000 }, (_, i) => "X" + i), output: [{ bands: 1 }] }'
    ),
    "2500 outputs": _returns(
        '{ input: ["B04"], output: Array.from({ length: 2500 }, (_, i) => ({ id: "o" + i, bands: 1 })) }'
    ),
    "4000 equal outputs": _returns(
        '{ input: ["B04"], output: Array.from({ length: 4000 }, () => ({ id: "o", bands: 1 })) }'
    ),
    "a long band": _returns('{ input: ["B".repeat(90000)], output: { bands: 1 } }'),
    "a long id": _output('id: "B".repeat(90000), bands: 1'),
    "long units": _returns('{ input: [{ bands: ["B04"], units: "x".repeat(80000) }], output: { bands: 1 } }'),
    "a longer text": _returns("'x'.repeat(5e7)"),
    "a sparse array": _returns("new Array(1e9)"),
    "a large array": _returns("new Float64Array(1e6)"),
    "a symbol": _returns("Symbol('x')"),
    "a function": _returns("setup"),
    "a promise": f"{_START}async function setup() {{ return {_GOOD} }}",
    "endless proxies": _returns(_DEEP_PROXY),
    # texts for a terminal or the log of a CI run
    "escapes": _returns(
        '{ input: ["\\u001b[2J::error::x"], '
        'output: { id: "\\u202eabc", bands: 1, sampleType: "\\u001b[31m" } }'
    ),
    "lines": _returns('{ input: ["a\\n::set-output name=x::y"], output: { id: "a\\r\\nb", bands: 1 } }'),
    "throws escapes": f"{_START}throw '\\u001b[31m\\n::error::x\\n+ 5 to create'",
    "throws half a pair": _returns('(() => { throw new Error("\\ud800") })()'),
    "half a pair": _returns('{ input: ["\\ud800"], output: { id: "\\udfff", bands: 1 } }'),
    "throws 20 MB": f"{_START}throw 'x'.repeat(2e7)",
    "throws 30 MB": f"{_START}throw new Error('x'.repeat(3e7))",
    "throws nothing": f"{_START}throw null",
    "throws what throws": (
        f"{_START}throw new Proxy(function () {{}}, {{ get() {{ return () => {{ throw 1 }} }} }})"
    ),
    # time
    "a loop": f"{_START}while (1) {{}}",
    "a loop on being asked": f"{_START}Object.defineProperty(globalThis, 'setup', {_LOOP})",
    "a loop in a message": f"{_START}throw Object.defineProperty(new Error('x'), 'message', {_LOOP})",
    "a loop in a trace": f"{_START}Error.prepareStackTrace = () => {{ while (1) {{}} }}; throw Error('x')",
    "a regular expression": f"{_START}/(x+x+)+y/.test('x'.repeat(200))",
    "a long expression": f"{_START}'a'.repeat(1e6).match(/(.*)*x\\1/)",
    "sorting": f"{_START}Array(1e9).sort(() => 1)",
    "an endless generator": f"{_START}function* g() {{ while (1) yield 1 }}; [...g()]",
    "endless promises": f"{_START}(async () => {{ while (1) await 0 }})(); {_SETUP}",
    "waiting": f"{_START}Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
    # memory
    "buffers": f"{_START}let a = []; while (1) a.push(new ArrayBuffer(1e6))",
    "texts": f"{_START}let s = 'x'.repeat(1e7), t = []; while (1) t.push(s + s + Math.random())",
    "replacing": f"{_START}'a'.repeat(1e5).replace(/a/g, '$`')",
    "joining": f"{_START}Array(3e7).join('ab')",
    "a map": f"{_START}let m = new Map(), i = 0; while (1) m.set(i++, i)",
    "much to parse": f"{_START}eval('1+'.repeat(1e6) + '1')",
    # what reads the result, replaced
    "JSON.stringify": f"{_START}JSON.stringify = () => '[[['; {_SETUP}",
    "toJSON": (
        f"{_START}Object.defineProperty(Object.prototype, 'toJSON', {{ value: () => ({_GOOD}) }}); "
        "function setup() { return {} }"
    ),
    "String": f"{_START}String.prototype.toString = () => {{ throw 1 }}; globalThis.String = 5; {_SETUP}",
    "__proto__": _beside('"__proto__": { a: 1 }, ["__proto__"]: 5'),
    "a changing kind": (
        f"{_START}let n = 0; "
        "Object.defineProperty(globalThis, 'setup', { get() { return n++ ? 5 : () => 1 } })"
    ),
    # ways out
    "import of a module": f"{_START}import('fs')",
    "an import": f"{_VERSION}import fs from 'fs'\n{_PIXEL}",
    "require": f"{_START}require('child_process').execSync('id')",
    "the environment": f"{_START}throw JSON.stringify(typeof process + typeof std + typeof os)",
    # what is no evalscript
    "a token": CANARY,
    "a token after the version": f"//VERSION=3x {CANARY}",
    "a NUL": f"//VERSION=3\n\0{_PIXEL}{_SETUP}",
    "half a pair in the text": f"//VERSION=3\n//\ud800\n{_PIXEL}{_SETUP}",
    "two million characters": "//VERSION=3\n" + "x" * 2_000_000,
    "nothing": "",
}
