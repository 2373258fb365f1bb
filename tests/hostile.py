"""Texts that would be something else than text, if a target or a page let them."""

from __future__ import annotations

TEXTS = (
    "{{ request.object }}", "{%raw%}", "{# #}", "$(./../x)", r"\{{ x }}", "`", "'", '"', "\\", "\\u0041", "\n", "\r\n",
    "\t", "\0", "\x7f", "\x85", "\u2028", "\ufeff", "\U0001f600", "\ud7ff", "\uffff", "# x", " # x", "---", "...",
    "- a", "a: b", "|", ">", "*", "?*", "&a", "!x", "%", "@", "[?x]", "[", "]", "}", "null", "true", "1", "0x1", "",
    " ", "a ", "ß", "é",
)  # fmt: skip

MARKUP = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</p></td></code></pre><script>alert(2)</script>",
    "<!-- x", "-->", "<![CDATA[ x ]]>", "<?php x ?>", "&lt;b&gt;", "&#60;b&#62;", "&amp", "\" onmouseover=\"alert(3)",
    "' onfocus='x", "[x](javascript:alert(4))", "![x](https://example.org/x.png)", "[x]: https://example.org",
    "[x][y]", "[TOC]", "[^1]", "*[HTML]: x", "**b**", "__b__", "_i_", "*i*", "~~s~~", "~s~", "^s^", "==m==", "``c``",
    "```\nx\n```", "````", "~~~~", "# h", "h\n===", "=== \"tab\"", "!!! note", "??? x", "/// x", "- x", "+ x", "1. x",
    "> x", ": x", "| a | b |", "    x", "{: .x onclick=y }", "{ .x }", "{ #x onclick=y }", "--8<-- \"/etc/passwd\"",
    ":smile:", ":material-x:", "https://example.org", "<https://example.org>", "a@example.org", "$x$", "++ctrl+c++",
    "\\*x\\*", "\\", "<br>", "\x1b[2J", "\x02", "\x03", "wzxhzdk:0", "klzzwxh:0000", "\n\n# h\n\n", "\u202e", "a | b",
    "x\\", "---\ntitle: x\n---",
)  # fmt: skip
"""What Markdown, its extensions, HTML, and the parsers' own placeholders mean something by."""
