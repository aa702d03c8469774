"""Kustomize: whether a kustomization sets an image by itself, so that the one in the manifest is not what runs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from promoter.errors import ManifestError, Where
from promoter.manifest.nodes import Reader, loose, text_of
from promoter.yaml_source import Node, SequenceNode, YamlSource

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_INCLUDES = ("resources", "bases", "components")


def image_override(files: Mapping[str, bytes], path: str, names: frozenset[str]) -> tuple[Where, str] | None:
    """Where an `images:` entry has one of these names, in a kustomization that brings the manifest at `path`.

    `files` are the repository's kustomizations by path; one that cannot be read says nothing.
    """
    readers = dict(_readers(files))
    for place, reader in readers.items():
        if not _brings(readers, place, path):
            continue
        for node in _items(reader, "images"):
            name = text_of(loose(node).get("name"))
            if name in names:
                return reader.source.where(node), name or ""
    return None


def _readers(files: Mapping[str, bytes]) -> Iterator[tuple[str, Reader]]:
    for path, data in files.items():
        try:
            yield path, Reader(YamlSource.decode(path, data))
        except ManifestError:
            continue


def _brings(readers: Mapping[str, Reader], place: str, path: str) -> bool:
    """Whether a kustomization includes the file, by itself or through other directories."""
    seen, queue = {place}, [place]
    while queue:
        here = queue.pop()
        for key in _INCLUDES:
            for node in _items(readers[here], key):
                target = posixpath.normpath(posixpath.join(posixpath.dirname(here), text_of(node) or "."))
                if target == path:
                    return True
                below = {posixpath.normpath(posixpath.join(target, name)) for name in NAMES}
                queue += (found := sorted(below & readers.keys() - seen))
                seen.update(found)
    return False


def _items(reader: Reader, key: str) -> list[Node]:
    found = loose(reader.roots[0]).get(key) if reader.roots else None
    return list(found.value) if isinstance(found, SequenceNode) else []
