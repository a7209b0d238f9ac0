"""Collections that results are added to: a new one, or one that exists.

Source: [batch OpenAPI: BatchProcessOutput].
"""

from __future__ import annotations

from collections.abc import Iterator

from ....finding import Finding, conflict
from .datasets import UUID, own_collection
from .declared import Declared
from .node import Node, quoted


def check_collection(declared: Declared) -> Iterator[Finding]:
    """``createCollection`` and ``collectionId``."""
    output = declared.files
    create, into = output["createCollection"], output["collectionId"]
    yield from _collection_id(into, declared.dialect.collection)
    if create.flag and not into.absent:
        both = (create.path, into.path)
        yield conflict(both, both, needed=False)
    wanted = create if create.flag else into if not into.absent else None
    if wanted is None:
        return
    if not output["cogOutput"].flag and not output["cogOutput"].unknown:
        yield output["cogOutput"].error(
            "is not set, but a collection is made of COGs", "set cogOutput to true"
        )
    parameters = output["cogParameters"]
    for name, member in parameters.members().items():
        if name != "resamplingAlgorithm" and not member.absent:
            yield member.error("is not for collections", "only resamplingAlgorithm can be chosen for them")
    yield from _outputs(declared, wanted)
    if create.flag and declared.root["description"].absent and not declared.adopting:
        yield declared.root["description"].warning(
            "is missing, and the new collection is named after it",
            "give the collection's name as description",
        )


def _collection_id(into: Node, collection: str) -> Iterator[Finding]:
    if not into.given:
        return
    own = own_collection(into.text) if into.text else None
    if own and UUID.fullmatch(own[1]):
        yield into.error(f"is {into.kind}", f"give the id alone: {own[1]}")
    elif not into.text or not UUID.fullmatch(into.text):
        yield into.error(f"is {into.kind}", f"give the id of a {collection}, a UUID")


def _outputs(declared: Declared, wanted: Node) -> Iterator[Finding]:
    setup = declared.setup
    if setup is None:
        return
    script = declared.process["evalscript"]
    for output in setup.outputs:
        if output.bands > 1:
            yield script.error(
                f"output {quoted(output.id)} has {output.bands} bands, but a collection holds single-band "
                "files",
                "return each band as an output of its own, and give each a response",
            )
        if output.sample_type == "AUTO":
            yield script.warning(
                f"writes output {quoted(output.id)} with sampleType AUTO: 0..1 is stored as 0..255, and who "
                "reads the collection gets 0..255",
                "use FLOAT32 to get out exactly what the evalscript returns",
            )
    if setup.updates_output:
        yield wanted.warning(
            "needs single-band outputs, and updateOutput() may change that",
            "keep each output at one band",
        )
