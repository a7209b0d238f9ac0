"""Lists of versions page by page: moto's own answers, with less work."""

from __future__ import annotations

import copy
from inspect import unwrap
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.s3.models import S3Backend, s3_backends

from sentinelhub_sandbox.moto_versions import list_versions_page_by_page
from tests.support.hypotheses import tried

NAMES = st.sampled_from(["a", "a/1", "a/2", "a/2/x", "ab", "b/1", "c", "ä"])
DONE = st.lists(st.tuples(st.sampled_from(["put", "put", "delete"]), NAMES), max_size=14)
ASKED = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from([None, None, None, "/"]),
        "prefix": st.sampled_from(["", "", "a", "a/", "b", "zz"]),
        "max_keys": st.sampled_from([0, 1, 2, 3, 5, 1000, None]),
    }
)


def filled(done: list[tuple[str, str]], *, versioned: bool) -> S3Backend:
    """A store with one bucket, in which this was done; nobody else knows of it."""
    backend = S3Backend("eu-central-1", "123456789012")
    backend.create_bucket("bucket", "eu-central-1")
    s3_backends.bucket_accounts.pop("bucket")
    if versioned:
        backend.put_bucket_versioning("bucket", "Enabled")
    for what, name in done:
        if what == "put":
            backend.put_object("bucket", name, b"content", disable_notification=True)
        else:
            backend.delete_object("bucket", name)
    return backend


def shown(answer: Any) -> Any:
    """A page, as far as answers show it."""
    versions, prefixes, markers, key, version = answer
    items = [
        (type(one).__name__, one.name, one.version_id, one.is_latest, one.last_modified)
        for one in (*versions, *markers)
    ]
    return items, prefixes, key, version


@tried(300)
@given(DONE, st.booleans(), ASKED, st.one_of(st.none(), NAMES), st.integers(0, 13))
def test_pages_are_motos_own(
    done: list[tuple[str, str]], versioned: bool, asked: dict[str, Any], marker: str | None, place: int
) -> None:
    """Whatever is in a bucket and asked for, by any marker, and page after page."""
    list_versions_page_by_page()
    backend = filled(done, versioned=versioned)
    stored = [one for _, versions in backend.buckets["bucket"].keys.iterlists() for one in versions]
    markers = [(None, None), (marker, None)]
    markers += [(one.name, one.version_id) for one in stored[place : place + 1]]
    for key, version in markers:
        more = {**asked, "key_marker": key, "version_id_marker": version}
        for _ in range(30):
            page = shown(backend.list_object_versions("bucket", **more))
            assert page == shown(unwrap(S3Backend.list_object_versions)(backend, "bucket", **more))
            if page[2] is None:
                break
            more |= {"key_marker": page[2], "version_id_marker": page[3]}


@tried(50)
@given(DONE, st.integers(1, 4))
def test_what_is_deleted_page_by_page_is_all_shown(done: list[tuple[str, str]], size: int) -> None:
    """A page goes on after a version that has been deleted meanwhile, as S3's do."""
    list_versions_page_by_page()
    backend = filled(done, versioned=True)
    key = version = None
    for _ in range(30):
        versions, _, markers, key, version = backend.list_object_versions(
            "bucket", max_keys=size, key_marker=key, version_id_marker=version
        )
        both: list[Any] = [*versions, *markers]
        for one in both:
            backend.delete_object("bucket", one.name, version_id=one.version_id)
        if key is None:
            break
    assert [one for _, stored in backend.buckets["bucket"].keys.iterlists() for one in stored] == []


@pytest.mark.parametrize("marked", [False, True])
def test_a_page_copies_no_more_than_it_shows(marked: bool) -> None:
    """Of 200 objects with two versions each, a page of ten touches some ten."""
    list_versions_page_by_page()
    backend = filled([("put", f"{number:03}") for number in range(200)] * 2, versioned=True)
    with mock.patch("moto.s3.models.copy.deepcopy", side_effect=copy.deepcopy) as copied:
        versions, *_ = backend.list_object_versions(
            "bucket", key_marker="100" if marked else None, max_keys=10
        )
    assert len(versions) == 10
    assert copied.call_count < 10
