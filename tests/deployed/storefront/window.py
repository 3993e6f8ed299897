"""A window of the storefront, used as a person uses it: by the texts of buttons and the names of fields."""

import json
from typing import Any

from ecom_client.browser import Page
from ecom_client.polling import poll

# A field is set as typing does it: the page listens to `input` and `change`.
SET = """(() => {
  const field = document.querySelector(%s);
  const kind = field instanceof HTMLSelectElement ? HTMLSelectElement : HTMLInputElement;
  Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(field, %s);
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.dispatchEvent(new Event('change', { bubbles: true }));
})()"""
# What can be pressed now, with this text or name.
FIND = """[...document.querySelectorAll('button, a, summary')].find((one) =>
  ((one.getAttribute('aria-label') ?? one.innerText).trim() === %s) && !one.disabled
  && one.getAttribute('aria-disabled') !== 'true' && one.getClientRects().length > 0)"""
WATCH = """
window.refused = [];
document.addEventListener('securitypolicyviolation', (event) => window.refused.push(event.blockedURI));
"""
# The named request is sent, and its answer is lost, as often as sessionStorage says.
LOSE = """
const send = window.fetch;
window.fetch = async (url, options) => {
  const answer = await send(url, options);
  const left = Number(sessionStorage.getItem('test.lose') ?? 0);
  const text = String(url) + String(options?.body ?? '');
  if (!left || !text.includes(sessionStorage.getItem('test.about'))) return answer;
  sessionStorage.setItem('test.lose', String(left - 1));
  throw new TypeError('the test loses this answer');
};
"""


class Window:
    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        page.send("Page.addScriptToEvaluateOnNewDocument", source=WATCH + LOSE)

    def open(self, path: str) -> None:
        self.page.open(self.address + path)

    def reload(self) -> None:
        self.page.run("window.isOld = true")
        self.page.send("Page.reload")
        self.page.wait_until("!window.isOld && !!document.querySelector('h1')")

    def text(self) -> str:
        return str(self.page.run("document.body?.innerText ?? ''"))

    def see(self, words: str, seconds: float = 30) -> None:
        """Wait until the page shows these words."""
        poll(self.text, lambda text: words in text, seconds, f"{words!r} in the page")

    def gone(self, words: str, seconds: float = 30) -> None:
        poll(self.text, lambda text: words not in text, seconds, f"no {words!r} in the page")

    def press(self, words: str, seconds: float = 30) -> None:
        """Press the button or the link with this text as soon as it can be pressed."""
        script = f"(() => {{ const found = {FIND % json.dumps(words)}; found?.click(); return !!found; }})()"
        poll(lambda: self.page.run(script), bool, seconds, f"something to press with {words!r}")

    def double_click(self, words: str) -> None:
        """Click twice with the mouse where this button is at first; another one may be there at the second click."""
        found = FIND % json.dumps(words)
        self.page.wait_until(f"!!{found}")
        self.page.run(f"{found}.scrollIntoView()")
        box = self.page.run(f"{found}.getBoundingClientRect().toJSON()")
        at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "button": "left"}
        for count in (1, 2):
            for kind in ("mousePressed", "mouseReleased"):
                self.page.send("Input.dispatchMouseEvent", type=kind, clickCount=count, **at)

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            selector = json.dumps(f'[name="{name}"]')
            self.page.wait_until(f"!!document.querySelector({selector})")
            self.page.run(SET % (selector, json.dumps(value)))

    def shows(self, selector: str, words: str, seconds: float = 30) -> str:
        """The text of an element, once it has these words."""
        return poll(lambda: self.page.text(selector), lambda text: words in text, seconds, f"{words!r} in {selector}")

    def lose(self, about: str, times: int) -> None:
        """From now on lose this many answers to requests that contain a text."""
        self.page.run(f"sessionStorage.setItem('test.about', {json.dumps(about)})")
        self.page.run(f"sessionStorage.setItem('test.lose', '{times}')")

    def set_offline(self, *, is_offline: bool) -> None:
        self.page.send("Network.enable")
        limits = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.page.send("Network.emulateNetworkConditions", offline=is_offline, **limits)

    def local(self, key: str) -> Any:
        return self.page.run(f"localStorage.getItem({json.dumps(key)})")

    def refused(self) -> Any:
        """What the browser did not load because of the content security policy."""
        return self.page.run("window.refused")

    # --- what shoppers and staff do

    def add_to_cart(self, product_id: str, quantity: int = 1) -> None:
        self.open(f"/product?id={product_id}")
        self.see("In stock")
        if quantity > 1:
            self.page.run(SET % (json.dumps(".buy select"), json.dumps(str(quantity))))
        self.press("Add to cart")
        self.see("is in your cart")

    def sign_in(self, email: str, password: str) -> None:
        self.fill(email=email, password=password)
        self.page.run("document.querySelector('form:has([type=password])').requestSubmit()")

    def address_form(self) -> None:
        self.fill(
            name="Jo Shopper",
            streetAddress="1 Example Street",
            postCode="1000",
            city="Berlin",
            country="DE",
            phoneNumber="+49 30 000 000",
        )
        self.press("Continue to payment")
