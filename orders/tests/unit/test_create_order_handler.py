"""The function of createOrder over the fakes: asked by GraphQL and by services."""

from typing import Any

import pytest

from ecom.http import Unreachable
from ecom_testkit.lambda_events import LambdaContext, field_event, person
from ecom_testkit.metric_lines import sums
from orders.tests.builders import USER, item, request
from orders.tests.world import World, call
from orders_service.handlers import graphql_create_order

ID = item()["orderId"]


class TestCreateOrder:
    def test_the_owner_is_the_signed_in_user(self, world: World) -> None:
        answer = call(graphql_create_order.handler, "createOrder", person(USER), order=request())
        assert (answer["success"], answer["order"]["userId"]) == (True, USER)
        assert world.orders.items[ID]["correlationId"] == LambdaContext().aws_request_id

    def test_without_a_user_it_is_unauthorized(self, world: World) -> None:
        answer = call(graphql_create_order.handler, "createOrder", None, order=request())
        assert answer["error"]["type"] == "Unauthorized"

    def test_the_channel_of_a_service_is_stored_and_not_a_storefronts(self, world: World) -> None:
        graphql_create_order.handler({"order": request(), "userId": USER, "channel": "cart"}, LambdaContext())
        assert [item["channel"] for item in world.orders.items.values()] == ["cart"]
        forged = field_event("createOrder", {"order": request(paymentToken="token-2")}, person(USER))
        assert graphql_create_order.handler({**forged, "channel": "cart"}, LambdaContext())["success"] is True
        assert [item.get("channel") for item in world.orders.items.values()] == ["cart", None]

    def test_a_service_may_order_for_a_user(self, world: World) -> None:
        answer = graphql_create_order.handler({"order": request(), "userId": USER}, LambdaContext())
        assert (answer["success"], answer["errors"], answer["order"]["orderId"]) == (True, [], ID)
        assert answer["order"]["paymentToken"] == request()["paymentToken"]

    def test_a_shopper_gets_no_payment_token(self, world: World) -> None:
        answer = call(graphql_create_order.handler, "createOrder", person(USER), order=request())
        assert "paymentToken" not in answer["order"]

    @pytest.mark.parametrize(
        "payload",
        [
            {},
            {"order": request()},
            {"userId": USER},
            {"order": "x", "userId": USER},
            {"order": {}, "userId": 1},
            {"order": request(), "userId": USER, "channel": "Ca rt"},
            {"order": request(), "userId": USER, "channel": ""},
            {"order": request(), "userId": USER, "channel": 7},
        ],
    )
    def test_a_malformed_payload_of_a_service_is_refused(self, world: World, payload: dict[str, Any]) -> None:
        answer = graphql_create_order.handler(payload, LambdaContext())
        assert (answer["success"], answer["problems"][0]["code"]) == (False, "INVALID_INPUT")

    @pytest.mark.parametrize("asked_by_a_service", [True, False])
    def test_a_request_to_try_again_counts_as_a_failed_answer_and_a_refusal_does_not(
        self,
        world: World,
        asked_by_a_service: bool,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """For Lambda and AppSync both are good answers. The alarm and the rollback of a version look at this count."""
        for variable, value in {"NAME": "create-order", "VERSION": "7"}.items():
            monkeypatch.setenv(f"AWS_LAMBDA_FUNCTION_{variable}", value)

        def ask(order: dict[str, Any]) -> str:
            payload = {"order": order, "userId": USER}
            event = payload if asked_by_a_service else field_event("createOrder", {"order": order}, person(USER))
            graphql_create_order.handler(event, LambdaContext())
            return capsys.readouterr().out

        assert "FailedAnswers" not in ask(request(products=[]))
        world.others.shortages = Unreachable("503")
        assert "FailedAnswers" in ask(request())

    @pytest.mark.parametrize("asked_by_a_service", [True, False])
    def test_a_refusal_is_counted_once_for_each_answer(
        self, world: World, asked_by_a_service: bool, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def ask(**changes: Any) -> dict[str, Any]:
            order = request(**changes)
            payload = {"order": order, "userId": USER}
            event = payload if asked_by_a_service else field_event("createOrder", {"order": order}, person(USER))
            answer: dict[str, Any] = graphql_create_order.handler(event, LambdaContext())
            return answer

        assert ask()["success"]
        assert capsys.readouterr().out == ""
        for _ in range(2):
            assert not ask(products=[])["success"]
        assert sums(capsys.readouterr().out, environment="test", service="orders") == {"OrdersRefused": 2}
