"""What GraphQL says of tags, of lists of them, and of how a channel stands to its source."""

from __future__ import annotations

from typing import Any

import pytest

from ceremony.sandbox import Project
from tests.sandbox.client import HEADS, Client

TAGS = "refs/tags/"


def _grounds(client: Client, **variables: Any) -> dict[str, Any]:
    asked = {
        "source": f"{HEADS}main",
        "commit": "ab" * 20,
        "channel": f"{TAGS}preview",
        "rival": f"{HEADS}preview",
        "nested": f"{TAGS}preview/",
        "prefix": "preview-",
        "config": f"{'ab' * 20}:.github/ceremony.yml",
        "page": 100,
    }
    return client.repository("Grounds", **(asked | variables))


def test_an_annotated_tag_tells_what_it_stands_for(
    client: Client, project: Project, line: list[str]
) -> None:
    inner = project.annotate("preview-1", line[0])
    outer = project.annotate("preview", inner)
    found = _grounds(client)
    assert found["channel"]["target"] == {
        "oid": outer,
        "target": {"oid": inner, "target": {"oid": line[0]}},
    }
    assert found["tags"]["nodes"] == [
        {"name": "preview-1", "target": {"oid": inner, "target": {"oid": line[0]}}}
    ]
    comparison = found["channel"]["compare"]
    assert (comparison["status"], comparison["aheadBy"]) == ("AHEAD", 2)
    assert [one["oid"] for one in comparison["commits"]["nodes"]] == line[1:]
    assert _grounds(client, commit=inner)["commit"] == {"__typename": "Tag", "oid": inner}
    assert _grounds(client, commit=line[0])["commit"] == {"__typename": "Commit", "oid": line[0]}


def test_an_annotated_source_is_compared_by_its_commit(
    client: Client, project: Project, line: list[str]
) -> None:
    project.set_ref(f"{TAGS}preview", line[2])
    project.annotate("v1", line[0])
    comparison = _grounds(client, source=f"{TAGS}v1")["channel"]["compare"]
    assert comparison["status"] == "BEHIND"
    assert comparison["headTarget"] == {"oid": line[0]}


def test_a_list_of_refs_is_narrowed_by_what_stands_in_their_names(
    client: Client, project: Project, line: list[str]
) -> None:
    for name in ("preview-1", "preview-2", "old/preview-3", "preview", "x"):
        project.set_ref(TAGS + name, line[0])
    found = _grounds(client)["tags"]
    assert [one["name"] for one in found["nodes"]] == ["old/preview-3", "preview-1", "preview-2"]
    assert found["pageInfo"]["hasNextPage"] is False
    assert len(_grounds(client, prefix="")["tags"]["nodes"]) == 5


def test_branches_and_what_lies_below_a_name_are_listed(
    client: Client, project: Project, line: list[str]
) -> None:
    project.set_ref(f"{HEADS}preview-1", line[0])
    assert [one["name"] for one in _grounds(client)["branches"]["nodes"]] == ["preview-1"]
    assert _grounds(client)["nested"]["nodes"] == []
    project.set_ref(f"{TAGS}preview/a", line[0])
    project.set_ref(f"{TAGS}preview/b", line[0])
    assert len(_grounds(client)["nested"]["nodes"]) == 1


def test_what_is_not_there_is_nothing(client: Client, project: Project) -> None:
    found = _grounds(client, source=f"{HEADS}none")
    keys = ("source", "commit", "channel", "rival")
    assert [found[key] for key in keys] == [None, None, None, None]
    assert found["tags"]["nodes"] == []


def test_nothing_is_no_place_for_a_tag(project: Project) -> None:
    with pytest.raises(ValueError, match="there is no object"):
        project.annotate("v1", "ab" * 20)
