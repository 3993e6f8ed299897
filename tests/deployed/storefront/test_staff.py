"""The staff pages: by group, safe against double clicks and two clerks, stock, catalogue and pictures."""

import struct
import uuid
import zlib
from pathlib import Path
from typing import Any

import pytest

from ecom_client.journey import Purchase, Shopper, Staff, lines, new_product
from ecom_client.made import made
from ecom_client.people import PASSWORD, Person, temporary_user
from ecom_client.pictures import Pictures
from ecom_client.platform import Platform
from ecom_client.polling import poll
from tests.deployed.storefront.conftest import NewWindow
from tests.deployed.storefront.window import Window

# The connection to S3 ends before the file is sent.
LOSE_UPLOADS = """XMLHttpRequest.prototype.send = function (form) {
  window.lost = form.get('key');
  this.onerror();
}"""

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it needs a browser")]


def bought(platform: Platform, person: Person, admin: Person, quantity: int = 1) -> Purchase:
    """An order that the warehouse knows."""
    order = Shopper(platform, person).buy(lines((new_product(platform, name="Pot"), quantity)))
    poll(lambda: Staff(platform, admin).packaging(order["orderId"]), what="the packaging request")
    return order


def test_pages_are_those_of_the_group(platform_outside: Platform, window: Window, person: Person) -> None:
    with temporary_user(platform_outside, "delivery") as driver:
        window.open("/staff/")
        window.sign_in(driver.email, PASSWORD)
        window.see("By order number")
        assert "Packing" not in window.text()
        window.press("Sign out")
        window.see("Staff sign-in")
    window.sign_in(person.email, PASSWORD)
    window.see("is in no group of staff")


def test_an_address_without_a_page_is_said(desk: Window) -> None:
    desk.open("/staff/nowhere")
    desk.see("No such page")
    desk.press("To the first page")
    desk.see("To pack")


def test_a_password_of_an_administrator_is_replaced(platform_outside: Platform, window: Window, email: str) -> None:
    cognito, pool = platform_outside.client("cognito-idp"), platform_outside.parameter("users/user-pool/id")
    attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(
        UserPoolId=pool, Username=email, UserAttributes=attributes, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
    )
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName="warehouse")
    window.open("/staff/")
    window.sign_in(email, PASSWORD)
    window.see("Your password was chosen by an administrator.")
    window.fill(**{"new-password": f"{PASSWORD}-2"})
    window.press("Set the password")
    window.see("To pack")
    window.press("Sign out")
    window.see("Staff sign-in")
    window.sign_in(email, f"{PASSWORD}-2")
    window.see("To pack")


def test_a_shopper_and_a_clerk_are_signed_in_side_by_side(signed_in: Window, clerk: Person) -> None:
    signed_in.open("/staff/")
    signed_in.see("Staff sign-in")
    signed_in.sign_in(clerk.email, PASSWORD)
    signed_in.see("To pack")
    signed_in.press("Sign out")
    signed_in.open("/orders")
    signed_in.see("You have not ordered anything yet.")


def test_two_clerks_start_one_order(
    platform_outside: Platform, desk: Window, new_window: NewWindow, clerk: Person, person: Person, admin: Person
) -> None:
    order_id = bought(platform_outside, person, admin)["orderId"]
    with new_window() as other:
        other.open(f"/staff/packing/{order_id}")
        other.sign_in(clerk.email, PASSWORD)
        other.see("Start packing")
        desk.open(f"/staff/packing/{order_id}")
        desk.press("Start packing")
        desk.see("Being packed")
        other.press("Start packing")
        other.see("Being packed")
        desk.press("The package is complete")
        desk.see("This order is packed.")
        other.press("The package is complete")
        other.see("This order is packed.")
    Shopper(platform_outside, person).wait_for(order_id, status="PACKAGED")


def test_an_empty_package_ends_the_order(
    platform_outside: Platform, desk: Window, person: Person, admin: Person
) -> None:
    order_id = bought(platform_outside, person, admin, 2)["orderId"]
    desk.open(f"/staff/packing/{order_id}")
    desk.press("Start packing")
    desk.press("No Pot")
    desk.see("Nothing is in the package")
    desk.double_click("Go on without them")
    desk.see("End the order without a package?")
    desk.press("No")
    desk.page.wait_until("document.activeElement.innerText === 'Go on without them'")
    desk.press("Go on without them")
    desk.press("End without a package")
    desk.see("could not be packed")
    Shopper(platform_outside, person).wait_for(order_id, status="PACKAGING_FAILED")


def test_double_clicks_start_once_and_a_lost_answer_is_found(
    platform_outside: Platform, desk: Window, person: Person, admin: Person
) -> None:
    order_id = bought(platform_outside, person, admin)["orderId"]
    desk.open(f"/staff/packing/{order_id}")
    desk.see("Start packing")
    click = "[...document.querySelectorAll('button')].find((one) => one.innerText.trim() === 'Start packing')"
    desk.page.run(f"(() => {{ const one = {click}; one.click(); one.click(); }})()")
    desk.see("Being packed")
    desk.lose("CompletePackaging", 1)
    desk.press("The package is complete")
    desk.see("This order is packed.")


def test_a_delivery_that_fails(platform_outside: Platform, desk: Window, person: Person, admin: Person) -> None:
    order_id = bought(platform_outside, person, admin)["orderId"]
    staff = Staff(platform_outside, admin)
    staff.pack(order_id)
    poll(lambda: staff.delivery(order_id), what="the delivery")
    desk.open(f"/staff/deliveries/{order_id}")
    desk.fill(carrier="no/slash")
    desk.press("The parcel is on its way")
    found = staff.delivery(order_id)
    assert found is not None
    assert found["shipment"] is None  # the page refuses such a carrier
    desk.fill(carrier="")
    desk.press("The parcel is on its way")
    desk.see("Could not be delivered")
    desk.open("/staff/deliveries")
    desk.press(f"Open {order_id}")
    desk.press("Could not be delivered")
    desk.press("No")
    desk.press("Could not be delivered")
    desk.press("Yes, it comes back")
    desk.see("The parcel comes back.")
    desk.reload()
    desk.see("The parcel comes back.")
    assert "Delivered" not in desk.text()
    Shopper(platform_outside, person).wait_for(order_id, status="DELIVERY_FAILED")
    desk.open(f"/staff/orders?id={order_id}")
    desk.see("Could not be delivered")
    desk.see("Nothing is charged.")


def test_stock_is_counted(platform_outside: Platform, desk: Window) -> None:
    product_id = new_product(platform_outside, name="Pot")["productId"]
    desk.open(f"/staff/stock?id={product_id}")
    desk.see("it is always available")
    desk.press("Set")
    desk.see("A whole number.")
    desk.fill(onHand="7")
    desk.press("Set")
    desk.see("The stock is set.")
    desk.shows("#on-hand", "7")
    desk.lose("SetStock", 1)
    desk.fill(onHand="8")
    desk.press("Set")
    desk.see("There was no answer. The stock was read again: 8 units are on hand.")
    desk.open(f"/staff/stock?id={product_id}-unknown")
    desk.see("There is no such product.")
    assert not desk.page.run("!!document.querySelector('[name=onHand]')")
    desk.fill(product=product_id)
    desk.press("Find")
    desk.shows("#on-hand", "8")


def test_a_product_is_found_by_its_name(platform_outside: Platform, desk: Window) -> None:
    word = f"w{uuid.uuid4().hex[:12]}"
    product_id = new_product(platform_outside, name=f"{word} pot")["productId"]

    def found() -> bool:
        """The index has a new product some moments later."""
        desk.open(f"/staff/catalogue?text={word}")
        poll(desk.text, lambda text: f"{word} pot" in text or "No product is found." in text, what="an answer")
        return f"{word} pot" in desk.text()

    poll(found, bool, 30, "the product in the index")
    desk.press(f"Edit {word} pot")
    desk.see(f"Product {product_id}")
    desk.open("/staff/stock")
    desk.fill(product=word)
    desk.press("Find")
    desk.press(f"Stock of {word} pot")
    desk.see("it is always available")


def test_a_product_is_deleted_after_a_question(platform_outside: Platform, desk: Window) -> None:
    product_id = new_product(platform_outside, name="Pot")["productId"]
    desk.open(f"/staff/catalogue/edit?id={product_id}")
    desk.press("Delete the product")
    desk.see("Delete Pot?")
    desk.press("No")
    desk.press("Delete the product")
    desk.lose("DeleteProduct", 1)
    desk.press("Yes, delete it")
    desk.see("Pot is deleted.")
    desk.reload()
    desk.see("There is no such product.")


def png(width: int, height: int) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x2f\x5d\x46" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def choose_file(window: Window, file: Path) -> None:
    document: dict[str, Any] = window.page.send("DOM.getDocument")
    asked = {"nodeId": document["root"]["nodeId"], "selector": "#picture-file"}
    node = window.page.send("DOM.querySelector", **asked)["nodeId"]
    window.page.send("DOM.setFileInputFiles", files=[str(file)], nodeId=node)


def test_a_product_and_its_picture(desk: Window, tmp_path: Path) -> None:
    product_id = made(str(uuid.uuid4()))
    desk.open("/staff/catalogue/edit")
    desk.fill(productId=product_id, name="Brass bell", price="19.999", tags="brass, loud")
    desk.press("Save")
    desk.see("A price of EUR")
    desk.fill(price="19.99", weight="250")
    desk.press("Save")
    desk.see(f"Product {product_id}")
    desk.see("Saved.")
    wrong = tmp_path / "notes.txt"
    wrong.write_text("not a picture")
    desk.see("Add a picture")
    choose_file(desk, wrong)
    desk.see("A picture is a JPEG, PNG or WebP file.")
    picture = tmp_path / "bell.png"
    picture.write_bytes(png(600, 400))
    choose_file(desk, picture)
    desk.see("In the shop", 60)
    desk.page.wait_until("document.querySelector('.gallery-edit img')?.naturalWidth === 160")
    made(desk.page.run("document.querySelector('.gallery-edit img').src.match('/pictures/([^/]+)/')[1]"))
    desk.open(f"/product?id={product_id}")
    desk.see("€19.99")

    def shown() -> bool:
        """The catalogue has the picture some moments later, and the content security policy admits the CDN."""
        desk.reload()
        desk.see("€19.99")
        return bool(desk.page.run("document.querySelector('.gallery img')?.decode().then(() => true)"))

    poll(shown, bool, 60, "the picture in the shop")
    assert desk.page.run("document.querySelector('.gallery img').naturalWidth") == 480


def test_an_upload_that_fails_leaves_no_picture(
    platform_outside: Platform, desk: Window, admin: Person, tmp_path: Path
) -> None:
    product_id = new_product(platform_outside, name="Pot")["productId"]
    picture = tmp_path / "pot.png"
    picture.write_bytes(png(600, 400))
    desk.open(f"/staff/catalogue/edit?id={product_id}")
    desk.see("Add a picture")
    desk.page.run(LOSE_UPLOADS)
    choose_file(desk, picture)
    desk.page.wait_until("!!window.lost")
    made(desk.page.run("window.lost.split('/').at(-1)"))
    desk.see("The shop could not be reached.")
    desk.page.wait_until("!document.querySelector('#picture-file').disabled")
    assert Pictures(Staff(platform_outside, admin)).of_product(product_id) == []
    desk.gone("Waiting for the file")
