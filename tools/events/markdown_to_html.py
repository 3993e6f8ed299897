"""Our generated Markdown as HTML: headings, tables, paragraphs, code, links, images; only what `events_page` writes."""

import re
from collections.abc import Callable, Iterator
from html import escape

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;margin:1rem 0;display:block;overflow-x:auto}
td,th{border:1px solid #c6ccd2;padding:.3rem .6rem;text-align:left;vertical-align:top}th:empty{display:none}
code,pre{font:.9em ui-monospace,monospace;background:#f6f8fa}pre{padding:1rem;overflow-x:auto}
h2{margin-top:3rem;border-bottom:1px solid #c6ccd2}img{max-width:100%}
"""
# Target in the Markdown -> target in the HTML; None if it is not served.
Link = Callable[[str], str | None]

_INLINE = re.compile(r"`(?P<code>[^`]+)`|(?P<image>!)?\[(?P<label>(?:[^\]`]|`[^`]*`)*)\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"(#{1,3}) (.*)")


def document(title: str, markdown: str, link: Link) -> str:
    body = "\n".join(_blocks(markdown, link))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n'
        f"<body>\n{body}\n</body></html>\n"
    )


def _blocks(markdown: str, link: Link) -> Iterator[str]:
    lines = iter([*markdown.splitlines(), ""])
    paragraph: list[str] = []
    table: list[str] = []
    for line in lines:
        if table and not line.startswith("|"):
            yield _table(table, link)
            table = []
        plain = bool(line) and not line.startswith(("|", "#", "<", "```"))
        if paragraph and not plain:
            yield f"<p>{_inline(' '.join(paragraph), link)}</p>"
            paragraph = []
        if line.startswith("|"):
            table.append(line)
        elif line.startswith("```"):
            code = list(iter(lambda: next(lines), "```"))
            yield f"<pre>{escape(chr(10).join(code))}</pre>"
        elif found := _HEADING.match(line):
            level, title = len(found[1]), found[2]
            yield f'<h{level} id="{_anchor(title)}">{_inline(title, link)}</h{level}>'
        elif line.startswith(("<details>", "</details>")):
            yield line
        elif plain:
            paragraph.append(line)


def _table(lines: list[str], link: Link) -> str:
    head, _, *rows = [re.split(r"(?<!\\)\|", line.strip().strip("|")) for line in lines]
    written = [_row(head, "th", link), *(_row(row, "td", link) for row in rows)]
    return "<table>\n" + "\n".join(written) + "\n</table>"


def _row(cells: list[str], kind: str, link: Link) -> str:
    texts = (_inline(cell.strip().replace("\\|", "|"), link) for cell in cells)
    return f"<tr>{''.join(f'<{kind}>{text}</{kind}>' for text in texts)}</tr>"


def _inline(text: str, link: Link) -> str:
    made, end = [], 0
    for found in _INLINE.finditer(text):
        made.append(escape(text[end : found.start()]))
        end = found.end()
        if found["code"]:
            made.append(f"<code>{escape(found['code'])}</code>")
            continue
        target = link(found["target"])
        if target is None:
            made.append(_inline(found["label"], link))
        elif found["image"]:
            made.append(f'<img src="{escape(target)}" alt="{escape(found["label"])}">')
        else:
            made.append(f'<a href="{escape(target)}">{_inline(found["label"], link)}</a>')
    return "".join([*made, escape(text[end:])])


def _anchor(heading: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
