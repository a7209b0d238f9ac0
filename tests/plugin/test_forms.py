"""The two forms of a resource's properties, the declaration's key, and where the plugin is laid."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_sentinelhub.config.keys import KEYS, ORGANIZATION
from pulumi_sentinelhub.config.settings import resolve_settings
from pulumi_sentinelhub.engine import forms
from pulumi_sentinelhub.engine.forms import Form, camel, in_camel
from pulumi_sentinelhub.plugin import hidden
from pulumi_sentinelhub.plugin.install import install
from pulumi_sentinelhub.plugin.kinds import KINDS, dynamic_urn
from tests.support.hypotheses import tried

FORMS = {
    "bucket": forms.BUCKET,
    "request": forms.REQUEST,
    "run": forms.RUN,
    "collection": forms.COLLECTION,
    "features": forms.FEATURES,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_each_name_has_one_form(form: Form) -> None:
    """No two names of a table become one, and each comes back as it was."""
    names = list(form.names.values())
    assert form.inward(form.outward(dict.fromkeys(names))) == dict.fromkeys(names)
    assert len({camel(name) for name in names}) == len(names)


@tried(100)
@given(
    st.dictionaries(
        st.sampled_from(sorted(forms.RUN.names.values())),
        st.lists(
            st.dictionaries(
                st.sampled_from(["id", "tile_count", "failed_tiles", "tileCount"]), st.integers() | st.text()
            )
        ),
    )
)
def test_what_is_read_is_read_in_either_form(properties: dict[str, Any]) -> None:
    """A lifecycle sees the same, whichever front end has written the state."""
    own = forms.RUN.inward(properties)
    assert forms.RUN.inward(forms.RUN.outward(own)) == own


def test_what_has_moved_keeps_what_was_reported() -> None:
    """Of a name that is an input and an output, the outputs have what is, the inputs what was asked for."""
    olds = {
        "result_path": "s3://b/1",
        "api_version": "v1",
        "status": "DONE",
        "declaration": "a",
        "timeouts": {},
    }
    news = {"result_path": "s3://b/<requestId>", "api_version": "v2", "declaration": "b"}
    assert forms.REQUEST.carried(olds, news) == {
        "result_path": "s3://b/1",
        "api_version": "v1",
        "status": "DONE",
        "declaration": "b",
    }


def test_payloads_stay_as_they_are() -> None:
    """What has the API's own shape, or is keyed by ids, is no business of names."""
    payload = {"process_request": {"input": {"snake_case": 1, "camelCase": 2}}}
    assert forms.REQUEST.outward(payload) == {"processRequest": payload["process_request"]}
    records = {"results": [{"id": "a", "tile_count": 3, "tiles": {"DONE_X": 1}}], "statuses": {"a_b": "DONE"}}
    assert forms.RUN.outward(records) == {
        "results": [{"id": "a", "tileCount": 3, "tiles": {"DONE_X": 1}}],
        "statuses": {"a_b": "DONE"},
    }


def test_texts_name_what_users_write() -> None:
    """Inputs and outputs in a message are in the plugin's form; other words stay."""
    said = "give one of bucket_name, output, zarr_output; pulumi_sentinelhub, my_bucket_name"
    assert in_camel(said) == "give one of bucketName, output, zarrOutput; pulumi_sentinelhub, my_bucket_name"


@pytest.mark.parametrize(
    ("types", "dynamic"),
    [
        ("sentinelhub:index:BatchRun", "pulumi-python:dynamic/sentinelhub:BatchRun"),
        (
            "my:index:Team$sentinelhub:index:BatchRun",
            "my:index:Team$pulumi-python:dynamic/sentinelhub:BatchRun",
        ),
        (
            "sentinelhub:index:OutputBucket$sentinelhub:index:BatchRun",
            "pulumi-python:dynamic/sentinelhub:OutputBucket$pulumi-python:dynamic/sentinelhub:BatchRun",
        ),
    ],
)
def test_a_declaration_has_one_key_in_both_front_ends(types: str, dynamic: str) -> None:
    """The key is made of the urn that the dynamic provider has, whatever the resource's name holds."""
    assert dynamic_urn(f"urn:pulumi:dev::p::{types}::a::b$c") == f"urn:pulumi:dev::p::{dynamic}::a::b$c"
    settings = resolve_settings(lambda _: None, {}, None)
    urns = (f"urn:pulumi:dev::p::{one}::a" for one in (types, dynamic))
    assert len({hidden.key_of_declaration(settings, "organization", urn) for urn in urns}) == 1


def test_the_configuration_has_every_key_of_the_settings() -> None:
    """What the stack config may hold, an explicit provider may, too; and what a program is told otherwise."""
    asked: dict[str, None] = {}
    resolve_settings(asked.setdefault, {}, None)
    assert {key.name for key in KEYS} == {*asked, ORGANIZATION.name}


def test_it_is_laid_where_the_cli_looks(tmp_path: Path) -> None:
    """The launcher runs the Python that has the package; what a broken download left does not hide it."""
    python = tmp_path / "a python"
    python.write_text('#!/bin/sh\necho "$PYTHONSAFEPATH" "$@"\n')
    python.chmod(0o755)
    left = tmp_path / "home" / "plugins"
    left.mkdir(parents=True)
    for _ in range(2):
        launcher = install({"PULUMI_HOME": str(tmp_path / "home")}, str(python))
        (left / f"{launcher.parent.name}.partial").write_text("")
    launcher = install({"PULUMI_HOME": str(tmp_path / "home")}, str(python))
    assert [entry.name for entry in left.iterdir()] == [launcher.parent.name]
    done = subprocess.run([launcher, "127.0.0.1:9"], capture_output=True, text=True, check=True)
    assert done.stdout == "1 -m pulumi_sentinelhub.plugin 127.0.0.1:9\n"


def test_every_kind_says_what_it_is_in_the_schema() -> None:
    """Each property is described, each default fits, and the dynamic type is an alias."""
    from pulumi_sentinelhub.plugin.schema import schema

    found = schema()
    assert set(found["resources"]) == set(KINDS)
    for token, resource in found["resources"].items():
        properties = {**resource["properties"], **resource["inputProperties"]}
        assert all(one["description"] for one in properties.values())
        assert set(resource["required"]) <= set(resource["properties"])
        assert set(resource["requiredInputs"]) <= set(resource["inputProperties"])
        assert resource["aliases"] == [{"type": KINDS[token].dynamic_type}]
        assert not {"deployment", "declaration", "bare", "generations"} & set(properties)
    assert found["config"]["variables"]["clientSecret"]["secret"]
