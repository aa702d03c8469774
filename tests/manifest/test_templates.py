"""templates: refused wherever a route stands; a text elsewhere may hold one."""

from __future__ import annotations

import pytest

from promoter.errors import ManifestError
from promoter.manifest.routes import find_routes
from promoter.yaml_source import YamlSource
from tests.manifest.test_edit import PLAIN

ALERT = """\
kind: PrometheusRule
spec:
  summary: "{{ $labels.pod }} is down"
  text: |
    {{ $value }}
"""


def refusal(text: str) -> str:
    with pytest.raises(ManifestError, match="template") as caught:
        find_routes(YamlSource("f.yaml", text))
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (PLAIN + "# {{ end }}\n", 17),
        ("# ${A} comes first\n" + PLAIN + "# {{ end }}\n", 18),
        (PLAIN.replace("name: yolo", 'name: "{{ .name }}"'), 4),
        (PLAIN.replace("name: yolo", "name: <%= name %>"), 4),
        ("{{- if .Values.on }}\n" + PLAIN + "{{- end }}\n", 1),
        (ALERT + "# {{ in a comment }}\n---\n" + PLAIN, 6),
        ("x: {{ .y }}\n---\n" + PLAIN, 1),
    ],
)
def test_a_template_is_refused_with_its_place(text: str, line: int) -> None:
    assert refusal(text).startswith(f"f.yaml:{line}:")


def test_an_alert_beside_the_route_is_no_template() -> None:
    assert [route.refused for route in find_routes(YamlSource("f.yaml", ALERT + "---\n" + PLAIN))] == [None]


@pytest.mark.parametrize("placeholder", ["${GRAY}", "$(GRAY)"])
def test_a_variable_in_a_name_refuses_its_route(placeholder: str) -> None:
    (route,) = find_routes(YamlSource("f.yaml", PLAIN.replace("v9-gray", placeholder)))
    assert "template" in str(route.refused)


def test_a_variable_elsewhere_is_flux_at_work() -> None:
    text = PLAIN.replace("metadata:\n", "metadata:\n  annotations: {domain: '${DOMAIN}'}\n")
    assert [route.refused for route in find_routes(YamlSource("f.yaml", text))] == [None]
