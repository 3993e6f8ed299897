"""A page that is used by keyboard alone."""

import pytest

from ecom_client.browser import Page


def focused(page: Page) -> str:
    """The text of what has the focus; nothing when it is outside the page."""
    return str(page.run("document.activeElement === document.body ? '' : document.activeElement.innerText"))


def tab_to(page: Page, text: str, most: int = 40) -> None:
    """Press Tab until what has the focus shows the text."""
    for _ in range(most):
        page.press("Tab")
        if text in focused(page):
            return
    pytest.fail(f"{most} times Tab, and nothing with {text!r} has the focus; the last was {focused(page)!r}")


def replace_text(page: Page, text: str) -> None:
    """Type over what the field with the focus contains."""
    page.send("Input.dispatchKeyEvent", type="keyDown", commands=["selectAll"])
    page.send("Input.dispatchKeyEvent", type="keyUp")
    page.send("Input.insertText", text=text)
