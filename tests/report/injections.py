"""Texts that would do something where they land, were they not neutralised. Each carries the word `payload`."""

from __future__ import annotations

INJECTIONS = (
    # mentions, references, closing keywords
    "@payload",
    "@org/payload-team please",
    "fixes #1 payload",
    "Closes octo/repo#7 payload",
    "resolves https://github.com/o/r/issues/1 payload",
    "closes GH-12 payload",
    # links and images
    "[payload](javascript:alert(1))",
    "![payload](https://evil.example/pixel.png)",
    "<https://evil.example/payload>",
    "www.evil.example/payload",
    "[payload]: https://evil.example",
    # HTML
    "<script>payload</script>",
    "<img src=x onerror=payload>",
    "</details></td></table><h1>payload",
    "<!-- payload --> <!-- promoter: {} -->",
    "&lt;payload&gt; &#64;all",
    # blocks
    "# payload",
    "> payload",
    "- payload\n- more",
    "1. payload",
    "payload\n===",
    "***",
    "    payload as code",
    "| payload | x |\n|---|---|",
    "payload | more | cells",
    "```\npayload\n```\n# out",
    "~~~\npayload",
    "`payload",
    "payload\\",
    "**payload __payload__ ~~payload~~ $payload$",
    # CI, commit messages
    "[skip ci] payload",
    "[ci skip][no ci][skip actions] payload",
    "::error::payload",
    "payload\n::set-output name=x::y",
    "##[group]payload",
    "payload\nRollout-Weight: 0 -> 100",
    "payload\r\n\r\nSigned-off-by: someone",
    "***NO_CI*** payload",
    # terminals and readers
    "\x1b[31mpayload\x1b[0m",
    "\x1b]8;;https://evil.example\x07payload\x1b]8;;\x07",
    "\u202epayload\u202c",
    "pay\u200bload payload",
    "\u2028payload\u2029x",
    "payload\x00\x08\x7f",
    "\ud800payload",
    # Mermaid
    'payload" click payload',
    'payload"]\n  line [1, 2]',
    "%%{init: {'securityLevel': 'loose'}}%% payload",
    "%% payload",
    "---\ntitle: payload\n---",
    '"`payload`"',
    "payload; title x",
    "payload#quot;x",
    "click payload href 'javascript:alert(1)'",
    # chats
    "<!channel> payload",
    "<@U123> payload :tada:",
)
