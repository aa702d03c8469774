"""Keeps the live picture as it changes: a page that plays by itself, an asciinema cast, or one picture."""

from __future__ import annotations

import io
import json
import re
from html import escape
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME

from promoter.core.decision import Kind
from promoter.plant.board import Board
from promoter.plant.processes import PlantError
from promoter.plant.screen import WIDTH, picture

FORMS = (".html", ".cast", ".svg")
_EVERY = 0.5  # seconds between two frames
_HEIGHT = 36  # lines of a cast's terminal
_FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"


class Recording:
    """A view that writes a file when it is closed; its suffix says which form."""

    def __init__(self, target: Path) -> None:
        if target.suffix not in FORMS:
            raise PlantError(f"--record {target}: no such form", hint=f"end the name in {', '.join(FORMS)}")
        if not target.parent.is_dir():
            raise PlantError(f"--record {target}: its folder does not exist")
        self._target = target
        self._frames: list[tuple[float, Console]] = []
        self._last = ""
        self._poster: Console | None = None
        self._closed = False

    def show(self, board: Board) -> None:
        """Keep the picture where it is another one."""
        frozen = board.row is not None and board.row.decision.kind is Kind.FREEZE
        soon = self._frames and board.elapsed - self._frames[-1][0] < _EVERY
        if soon and not (frozen and self._poster is None):
            return
        console = Console(
            file=io.StringIO(), record=True, force_terminal=True, color_system="truecolor", width=WIDTH
        )
        console.print(picture(board))
        text = console.export_text(clear=False, styles=True)
        if text == self._last:
            return
        self._last = text
        self._frames.append((board.elapsed, console))
        if frozen and self._poster is None:
            self._poster = console

    def close(self) -> None:
        """Write the file."""
        if not self._frames or self._closed:
            return
        self._closed = True
        write = {".html": self._page, ".cast": self._cast, ".svg": self._svg}[self._target.suffix]
        self._target.write_text(write(), encoding="utf-8")

    def _cast(self) -> str:
        head = {"version": 2, "width": WIDTH, "height": _HEIGHT, "title": "promoter demo --live"}
        lines = [json.dumps(head)]
        for moment, console in self._frames:
            text = console.export_text(clear=False, styles=True).replace("\n", "\r\n")
            lines.append(json.dumps([round(moment, 3), "o", f"\x1b[H\x1b[J{text}"]))
        return "\n".join(lines) + "\n"

    def _svg(self) -> str:
        """The first freeze, where there was one: the picture that tells most."""
        console = self._poster or self._frames[-1][1]
        text = console.export_svg(title="promoter demo --live", clear=False)
        text = re.sub(
            r"\s*@font-face \{.*?\}\n", "", text, flags=re.DOTALL
        )  # they would be fetched from elsewhere
        return text.replace("Fira Code, monospace", _FONT)

    def _page(self) -> str:
        known: dict[str, int] = {}
        frames = []
        for moment, console in self._frames:
            code = console.export_html(
                inline_styles=True, code_format="{code}", theme=SVG_EXPORT_THEME, clear=False
            )
            numbers = [known.setdefault(line, len(known)) for line in code.splitlines()]
            frames.append([round(moment, 2), numbers])
        data = json.dumps({"lines": list(known), "frames": frames}, separators=(",", ":"))
        return (
            _PAGE.replace("FONT", _FONT)
            .replace("TITLE", escape("promoter demo --live"))
            .replace("DATA", data.replace("</", "<\\/"))
        )


_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>TITLE</title>
<style>
  body { margin: 2rem auto; width: max-content; max-width: 98vw; background: #292929; color: #c5c8c6; font-family: FONT; }
  pre { font: 13px/1.25 FONT; overflow-x: auto; margin: 0 0 1rem; }
  nav { display: flex; gap: 1rem; align-items: center; }
  input { flex: 1; }
  button { font: inherit; background: #222; color: #eee; border: 1px solid #555; border-radius: 4px; padding: .3em 1em; }
</style>
<pre id="screen" role="img" aria-label="TITLE"></pre>
<nav>
  <button id="play">pause</button>
  <input id="place" type="range" min="0" value="0" aria-label="place in the recording">
  <label>speed <select id="speed"><option>1<option selected>2<option>4<option>8</select></label>
</nav>
<script type="application/json" id="data">DATA</script>
<script>
  const { lines, frames } = JSON.parse(document.getElementById("data").textContent);
  const [screen, play, place, speed] = ["screen", "play", "place", "speed"].map((id) => document.getElementById(id));
  place.max = frames.length - 1;
  let at = 0, playing = true, timer;
  const next = () => {
    clearTimeout(timer);
    screen.innerHTML = frames[at][1].map((n) => lines[n]).join("\\n");
    place.value = at;
    play.textContent = playing ? "pause" : "play";
    if (!playing || at + 1 >= frames.length) return;
    const wait = (frames[at + 1][0] - frames[at][0]) * 1000 / Number(speed.value);
    timer = setTimeout(() => { at += 1; next(); }, wait);
  };
  play.onclick = () => { playing = !playing; if (at + 1 >= frames.length) at = 0; next(); };
  place.oninput = () => { at = Number(place.value); playing = false; next(); };
  speed.onchange = next;
  next();
</script>
</html>
"""
