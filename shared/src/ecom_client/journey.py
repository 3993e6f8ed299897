"""The order journey as storefronts and staff drive it, over GraphQL and the provider's open page."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecom.dynamo import typed
from ecom_client.graphql_types import Delivery, Order, PackagingRequest, PaginatedOrders, Refund, Stock
from ecom_client.made import made
from ecom_client.people import Person
from ecom_client.platform import Platform, send
from ecom_client.polling import poll
from ecom_client.provider import Provider as Provider  # part of the journey, found here by those who drive it

Product = dict[str, Any]


class Purchase(Order):
    """An order, with the token of the money that is held for it."""

    paymentToken: str  # noqa: N815 - as the API spells its fields


CARD = "4242424242424242"
ADDRESS = {
    "name": "Jo Shopper",
    "companyName": None,
    "streetAddress": "1 Example Street",
    "postCode": "1000",
    "city": "Example City",
    "state": None,
    "country": "DK",
    "phoneNumber": "+45 00 00 00 00",
}
ORDER = """
  orderId userId createdDate modifiedDate status paymentStatus deliveryPrice total currency refunded
  products { productId name price currency quantity package { width length height weight } }
  address { name companyName streetAddress postCode city state country phoneNumber }
  shipment { carrier trackingNumber }
  history { at status cause }
"""


class Refused(AssertionError):
    """The field answered with an error."""

    def __init__(self, errors: Sequence[Mapping[str, Any]]) -> None:
        super().__init__("; ".join(f"{error.get('errorType')}: {error.get('message')}" for error in errors))
        self.types = [error.get("errorType") for error in errors]


@dataclass(frozen=True)
class Client:
    """One person at one screen."""

    platform: Platform
    person: Person

    def ask(self, query: str, **variables: Any) -> Any:
        """The value of the one field that is asked for; raises Refused when the answer has errors."""
        answer = self.platform.graphql(query, variables, token=self.person.id_token)
        if answer.status != 200 or answer.body.get("errors"):
            errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
            raise Refused(errors or [{"errorType": answer.status, "message": answer.body}])
        (value,) = answer.body["data"].values()
        return value

    def report_order(self, token: str) -> None:
        """Report the id of the order that is asked for with this token, also in case there is no answer: the order may
        exist, and the warehouse may have reserved stock for it."""
        if self.person.user_id:
            made(str(uuid.uuid5(uuid.UUID(self.person.user_id), token)))


class Shopper(Client):
    def delivery_price(self, products: Sequence[Product], address: Mapping[str, Any] = ADDRESS) -> int:
        query = "query Q($input: DeliveryPricingInput!) { getDeliveryPricing(input: $input) { pricing } }"
        return int(self.ask(query, input={"products": products, "address": address})["pricing"])

    def hold(self, amount: int, card: str = CARD) -> str:
        """The provider's page takes the card and gives a token for the money it holds."""
        url = self.platform.parameter("payment-3p/api/url")
        answer = send("POST", f"{url}/preauth", {"cardNumber": card, "amount": amount})
        if answer.status != 200:
            reason = answer.body.get("message") if isinstance(answer.body, dict) else answer.body
            raise Refused([{"errorType": f"the provider's {answer.status}", "message": reason}])
        return made(str(answer.body["paymentToken"]))

    def create_order(self, products: Sequence[Product], token: str, **more: Any) -> dict[str, Any]:
        """The response of createOrder, refusals included. Retries TRY_AGAIN with the same tokens, as storefronts do."""
        return poll(
            lambda: self.create_order_once(products, token, **more),
            lambda answer: not is_try_again(answer),
            seconds=60,
        )

    def create_order_once(
        self,
        products: Sequence[Product],
        token: str,
        *,
        delivery_price: int = 0,
        client_token: str | None = None,
        address: Mapping[str, Any] = ADDRESS,
    ) -> dict[str, Any]:
        """The whole answer of createOrder, asked once."""
        query = f"""mutation M($order: CreateOrderRequest!) {{ createOrder(order: $order) {{
            success message errors order {{ {ORDER} }}
            problems {{ code message productId expected given requested available }} }} }}"""
        order = {
            "products": products,
            "address": address,
            "deliveryPrice": delivery_price,
            "paymentToken": token,
            "clientToken": client_token,
        }
        self.report_order(client_token or token)
        answer: dict[str, Any] = self.ask(query, order=order)
        return answer

    def buy(self, products: Sequence[Product], client_token: str | None = None) -> Purchase:
        """Price the delivery, have the money held, order."""
        delivery = self.delivery_price(products)
        token = self.hold(total_of(products, delivery))
        answer = self.create_order(products, token, delivery_price=delivery, client_token=client_token)
        assert answer["success"], answer
        order: Order = answer["order"]
        return {**order, "paymentToken": token}

    def order(self, order_id: str) -> Order | None:
        return order_of(self, order_id)

    def known(self, order_id: str) -> Order:
        order = self.order(order_id)
        assert order is not None, f"there is no order {order_id} of this shopper"
        return order

    def orders(self, token: str | None = None) -> PaginatedOrders:
        query = f"query Q($token: String) {{ getOrders(nextToken: $token) {{ orders {{ {ORDER} }} nextToken }} }}"
        page: PaginatedOrders = self.ask(query, token=token)
        return page

    def cancel(self, order_id: str) -> Order:
        order: Order = self.ask(f"mutation M($id: ID!) {{ cancelOrder(orderId: $id) {{ {ORDER} }} }}", id=order_id)
        return order

    def wait_for(self, order_id: str, seconds: float = 30, **fields: Any) -> Order:
        """The order, once those fields have those values."""
        return poll(
            lambda: self.known(order_id),
            lambda order: fields.items() <= order.items(),
            seconds=seconds,
            what=f"order {order_id} with {fields}",
        )


def order_of(client: Client, order_id: str) -> Order | None:
    found: Order | None = client.ask(f"query Q($id: ID!) {{ getOrder(orderId: $id) {{ {ORDER} }} }}", id=order_id)
    return found


def is_try_again(answer: Mapping[str, Any]) -> bool:
    """Whether some service did not answer in time, so that nothing is decided yet."""
    return any(problem["code"] == "TRY_AGAIN" for problem in answer["problems"] or ())


def history_of(order: Order) -> list[tuple[str, str]]:
    """Each status that the order came to, and what caused it."""
    return [(entry["status"], entry["cause"]) for entry in order["history"] or ()]


class Staff(Client):
    def order(self, order_id: str) -> Order | None:
        """Any user's order, for the group admin."""
        return order_of(self, order_id)

    def orders_of(self, user_id: str, token: str | None = None) -> PaginatedOrders:
        """A page of any user's orders, for the group admin."""
        query = f"""query Q($id: ID!, $token: String) {{
            getOrdersByUser(userId: $id, nextToken: $token) {{ orders {{ {ORDER} }} nextToken }} }}"""
        page: PaginatedOrders = self.ask(query, id=user_id, token=token)
        return page

    def refund(self, order_id: str, amount: int, token: str, reason: str = "goodwill") -> Refund:
        query = (
            "mutation M($input: RefundOrderInput!) { refundOrder(input: $input) { refundId orderId amount status } }"
        )
        given = {"orderId": order_id, "amount": amount, "reason": reason, "clientToken": token}
        refund: Refund = self.ask(query, input=given)
        return refund

    def set_stock(self, product_id: str, on_hand: int) -> Stock:
        query = """mutation M($id: ID!, $n: Int!) {
            setStock(productId: $id, onHand: $n) { productId onHand reserved available } }"""
        made(product_id)
        stock: Stock = self.ask(query, id=product_id, n=on_hand)
        return stock

    def stock(self, product_id: str) -> Stock | None:
        query = "query Q($id: ID!) { getStock(productId: $id) { productId onHand reserved available } }"
        stock: Stock | None = self.ask(query, id=product_id)
        return stock

    def packaging(self, order_id: str) -> PackagingRequest | None:
        query = """query Q($input: PackagingInput!) {
            getPackagingRequest(input: $input) { orderId status products { productId quantity } } }"""
        request: PackagingRequest | None = self.ask(query, input={"orderId": order_id})
        return request

    def delivery(self, order_id: str) -> Delivery | None:
        query = """query Q($input: DeliveryInput!) { getDelivery(input: $input) {
            orderId address { name country } shipment { carrier trackingNumber } } }"""
        delivery: Delivery | None = self.ask(query, input={"orderId": order_id})
        return delivery

    def packaging_ids(self) -> list[str]:
        """All new packaging requests, to the end of the list."""
        return self._packaging_ids("getNewPackagingRequestIds")

    def started_packaging_ids(self) -> list[str]:
        """All packaging requests that are started and not completed."""
        return self._packaging_ids("getStartedPackagingRequestIds")

    def _packaging_ids(self, field: str) -> list[str]:
        query = f"query Q($token: String) {{ {field}(nextToken: $token) {{ packagingRequestIds nextToken }} }}"
        return self._all(query, "packagingRequestIds")

    def deliveries(self) -> list[Delivery]:
        query = "query Q($token: String) { getNewDeliveries(nextToken: $token) { deliveries { orderId } nextToken } }"
        return self._all(query, "deliveries")

    def _all(self, query: str, name: str) -> list[Any]:
        found: list[Any] = []
        token: str | None = None
        while True:
            page = self.ask(query, token=token)
            found += page[name]
            token = page["nextToken"]
            if token is None:
                return found

    def start_packaging(self, order_id: str) -> None:
        self._take_step("startPackaging", "PackagingInput", order_id)

    def pack_only(self, order_id: str, product_id: str, quantity: int) -> None:
        query = "mutation M($input: UpdatePackagingProductInput!) { updatePackagingProduct(input: $input) { success } }"
        self.ask(query, input={"orderId": order_id, "productId": product_id, "quantity": quantity})

    def complete_packaging(self, order_id: str) -> None:
        self._take_step("completePackaging", "PackagingInput", order_id)

    def start_delivery(self, order_id: str, carrier: str | None = None, tracking_number: str | None = None) -> None:
        """Without a carrier or a number the platform decides them."""
        given = {"carrier": carrier, "trackingNumber": tracking_number}
        named = {name: value for name, value in given.items() if value is not None}
        self._take_step("startDelivery", "DeliveryInput", order_id, **named)

    def complete_delivery(self, order_id: str) -> None:
        self._take_step("completeDelivery", "DeliveryInput", order_id)

    def fail_delivery(self, order_id: str) -> None:
        self._take_step("failDelivery", "DeliveryInput", order_id)

    def _take_step(self, field: str, kind: str, order_id: str, **more: str) -> None:
        query = f"mutation M($input: {kind}!) {{ {field}(input: $input) {{ success }} }}"
        answer = self.ask(query, input={"orderId": order_id, **more})
        assert answer == {"success": True}

    def pack(self, order_id: str) -> None:
        """Wait until the warehouse knows the order, and package all of it."""
        poll(lambda: self.packaging(order_id), what=f"packaging request of {order_id}")
        self.start_packaging(order_id)
        self.complete_packaging(order_id)

    def deliver(self, order_id: str) -> None:
        """Wait until the package is with the deliverers, and bring it."""
        poll(lambda: self.delivery(order_id), what=f"delivery of {order_id}")
        self.start_delivery(order_id)
        self.complete_delivery(order_id)


def total_of(products: Sequence[Product], delivery_price: int = 0) -> int:
    return int(sum(product["price"] * product["quantity"] for product in products)) + delivery_price


def new_product(platform: Platform, price: int = 1990, name: str = "Kettle", **more: Any) -> Product:
    """A product of the test's own, put straight into the table."""
    product = {
        "productId": str(uuid.uuid4()),
        "name": name,
        "package": {"width": 200, "length": 250, "height": 300, "weight": 900},
        "price": price,
        **more,
    }
    made(product["productId"])
    platform.client("dynamodb").put_item(TableName=platform.parameter("products/table/name"), Item=typed(product))
    return product


def lines(*wanted: tuple[Product, int]) -> list[Product]:
    """Order lines: products and how many of each."""
    return [{**product, "quantity": quantity} for product, quantity in wanted]
