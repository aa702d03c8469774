"""Hold our charts against the real Mermaid, and look at them: `make charts`. Needs npm, for pictures also chromium.

The gate checks the grammar in tests/report/test_chart.py; this shows that the grammar is Mermaid's. Every chart of
the golden bodies, and some with hostile names and odd numbers, go through Mermaid's own parser. The golden bodies
become pages (and pictures) in .cache/charts.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from promoter.report.chart import Chart, Ink, Line, mermaid  # noqa: E402 - the package beside this file

HOME = ROOT / ".cache" / "charts"
PACKAGES = ("mermaid@11.4.1", "jsdom@26.1.0")
FENCE = re.compile(r"^```mermaid\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ODD = (0.0, -0.0, 1e-12, -1e-7, 0.000123456789, 1 / 3, 12345.678, -98765.4321, 1e6, 1.5e17, 2**53)
HOSTILE = (
    'a"b',
    "x\n%%{init: {}}%%\nclick a",
    "`md`",
    "a;b]",
    "<b>x</b> @all #1",
    "-->",
    "名前 é",
    "%% c",
    '"]\nline [1]',
    "title",
)
PARSE = """
import { JSDOM } from 'jsdom';
import { readFileSync } from 'node:fs';
const dom = new JSDOM('<!DOCTYPE html><body></body>');
globalThis.window = dom.window;
globalThis.document = dom.window.document;
const { default: mermaid } = await import('mermaid');
const bad = [];
for (const text of JSON.parse(readFileSync(0, 'utf8'))) {
  try { await mermaid.parse(text); } catch (error) { bad.push([text, String(error)]); }
}
console.log(JSON.stringify(bad));
"""
PAGE = """<!doctype html><meta charset="utf-8"><title>{name}</title>
<style>
body {{ font: 14px/1.5 -apple-system, "Noto Sans", Helvetica, Arial, sans-serif; width: 860px; margin: 2em auto; }}
table {{ border-collapse: collapse; margin: 0 0 16px; }} th, td {{ border: 1px solid #d1d9e0; padding: 6px 13px; }}
code {{ background: #eff1f3; border-radius: 6px; padding: .2em .4em; font-size: 85%; }}
pre {{ background: #f6f8fa; padding: 16px; overflow: auto; }} pre code {{ background: none; padding: 0; }}
pre:has(.language-mermaid) {{ text-align: center; background: none; padding: 0; }}
</style>
{body}
<script src="node_modules/mermaid/dist/mermaid.min.js"></script>
<script>
mermaid.initialize({{ startOnLoad: false }});
mermaid.run({{ querySelector: "code.language-mermaid" }});
</script>
"""


def main() -> int:
    """Parse, draw, and say what was wrong."""
    install()
    bodies = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "tests/golden").glob("*.md"))}
    charts = [found for text in bodies.values() for found in FENCE.findall(text)]
    charts += [FENCE.findall(text)[0] for text in odd_ones()]
    (HOME / "parse.mjs").write_text(PARSE, "utf-8")
    ran = subprocess.run(
        ["node", "parse.mjs"],
        cwd=HOME,
        input=json.dumps(charts),
        capture_output=True,
        text=True,
        check=True,
    )
    bad = json.loads(ran.stdout)
    for chart, why in bad:
        print(f"{why}\n{chart}")
    print(f"{len(charts)} charts, {len(bad)} that Mermaid does not read")
    for name, text in bodies.items():
        draw(name, text)
    return 1 if bad else 0


def install() -> None:
    """Mermaid and a document for its parser, once."""
    HOME.mkdir(parents=True, exist_ok=True)
    if not (HOME / "node_modules" / "mermaid").is_dir():
        npm = [
            "npm",
            "install",
            "--prefix",
            str(HOME),
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--silent",
        ]
        subprocess.run([*npm, *PACKAGES], check=True)


def odd_ones() -> list[str]:
    """Charts with hostile names and odd numbers, the same ones every time."""
    chance = random.Random(4)
    found = []
    for title in HOSTILE:
        for size in (2, 7, 12):
            values = tuple(chance.choice(ODD) for _ in range(size))
            lines = tuple(Line(name=title, ink=ink, values=values) for ink in Ink)
            ends = tuple(1.7e9 + 120.0 * index for index in range(size))
            found.append(mermaid(Chart(title=title, unit=title, ends=ends, lines=lines)))
    return found


def draw(name: str, text: str) -> None:
    """The body as a page; as a picture too where chromium is installed."""
    page = HOME / f"{name}.html"
    html = MarkdownIt("commonmark").enable(["table"]).render(text)
    page.write_text(PAGE.format(name=name, body=html), "utf-8")
    browser = shutil.which("chromium")
    if browser is None:
        return
    quiet = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
    ]
    size = ["--window-size=940,1700", "--virtual-time-budget=10000"]
    subprocess.run(
        [browser, *quiet, *size, f"--screenshot={HOME / name}.png", page.as_uri()],
        check=True,
        capture_output=True,
    )
    print(f"{HOME / name}.png")


if __name__ == "__main__":
    sys.exit(main())
