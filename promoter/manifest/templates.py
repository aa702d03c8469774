"""Templates told from manifests: what a renderer still has to fill in is not what a cluster gets."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container

from promoter.errors import ManifestError
from promoter.manifest.nodes import Reader, walk
from promoter.yaml_source import ScalarNode, YamlSource

PLACEHOLDER = re.compile(r"\{\{|\$[{(]|<%")  # inside a name: Go templates, shell and kustomize variables, ERB
_TEMPLATE = re.compile(r"\{\{|<%")  # in a file; `${...}` there is Flux's and leaves the YAML whole


def open_manifest(source: YamlSource) -> Reader:
    """A reader of the source. Raises ManifestError; for a file that is broken YAML by its templates, says so."""
    try:
        return Reader(source)
    except ManifestError as error:
        template = _TEMPLATE.search(source.text)
        if template is None:
            raise
        raise _is_template(source, template.start()) from error


def refuse_templates(reader: Reader, documents: Container[int]) -> None:
    """Raise ManifestError for a template, wherever it stands in one of these documents.

    In the others a text may hold one, as alerts (`{{ $labels.pod }}`) and dashboards do.
    """
    marks = [found.start() for found in _TEMPLATE.finditer(reader.source.text)]
    if not marks:
        return
    others = [root for number, root in enumerate(reader.roots) if number not in documents]
    spans = sorted(
        (node.start_mark.index, node.end_mark.index)
        for node, again in walk(others)
        if isinstance(node, ScalarNode) and not again
    )
    for mark in marks:
        place = bisect_right(spans, (mark, len(reader.source.text) + 1)) - 1
        if place < 0 or spans[place][1] <= mark:
            raise _is_template(reader.source, mark)


def _is_template(source: YamlSource, place: int) -> ManifestError:
    return ManifestError(
        "a template is no manifest", where=source.where(place), hint="name the rendered file"
    )
