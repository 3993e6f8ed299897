"""The names of a new service are checked before a file is written, and a refusal lists the names that exist."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tools.events.catalogue import read_events
from tools.local.aws.stepfunctions.retrying import TRANSIENT, first_match
from tools.project.problems import WrongUse
from tools.project.services import discover
from tools.scaffold import writing
from tools.scaffold.plan import Options, Plan, camel, listed, make_plan, snake


def plan(name: str = "fresh-points", consumes: str = "OrderCreated", publishes: str = "") -> Plan:
    return make_plan(name, consumes.split(), publishes.split())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "cannot name a service"),
        ("Loyalty", "cannot name a service"),
        ("loyalty_points", "cannot name a service"),
        ("l" * 31, "cannot name a service"),
        ("orders", "orders is a service already"),
        ("docs", "docs is in the checkout already"),
        ("json", "is a Python module"),
        ("pytest", "is a Python module"),
        ("class", "class is a keyword of Python"),
        ("ecom", "ecom is a name of the platform"),
        ("common", "common is a name of the platform"),
        ("../orders", "cannot name a service"),
        ("-x", "cannot name a service"),
    ],
)
def test_a_taken_name_is_refused_with_the_list_of_services(name: str, message: str) -> None:
    with pytest.raises(WrongUse, match=message) as refused:
        plan(name)
    assert "orders" in str(refused.value)


@pytest.mark.parametrize(
    ("consumes", "publishes", "message"),
    [
        ("", "", "CONSUMES is empty"),
        ("OrderCreated OrderLost", "", "there is no event OrderLost"),
        ("ordercreated", "", r"there is no event ordercreated \(did you mean OrderCreated\?\)"),
        ("OrderFailed", "", "there is no event OrderFailed"),
        ("OrderCreated", "ProductCreated", "ProductCreated is an event of products already"),
        ("OrderCreated", "points-earned", "points-earned is not a name for an event"),
    ],
)
def test_taken_and_unknown_events_are_refused_with_the_list_of_events(
    consumes: str, publishes: str, message: str
) -> None:
    with pytest.raises(WrongUse, match=message) as refused:
        plan(consumes=consumes, publishes=publishes)
    if "not a name" not in message:
        assert all(event.name in str(refused.value) for event in read_events())


def test_a_name_that_differs_by_a_dash_only_is_taken(tmp_path: Path) -> None:
    (tmp_path / "gift-cards").mkdir()
    (tmp_path / "gift-cards" / "metadata.yaml").write_text("name: gift-cards\ndescription: Cards\n")
    assert list(discover(tmp_path)) == ["gift-cards"]
    with pytest.raises(WrongUse, match="CONSUMES"):
        make_plan("gifts", [], [], tmp_path)
    with pytest.raises(WrongUse, match="service already"):
        make_plan("gift-cards", ["A"], [], tmp_path)


def test_events_are_grouped_by_producer_and_named_once() -> None:
    made = plan(consumes="OrderModified DeliveryCompleted OrderCreated OrderCreated")
    assert [(producer.name, producer.names) for producer in made.producers] == [
        ("delivery", "DeliveryCompleted"),
        ("orders", "OrderModified, OrderCreated"),
    ]
    assert {event.name: event.index for event in made.consumes}["OrderModified"] == '["new"]["orderId"]'


def test_names_are_converted_and_listed() -> None:
    assert (snake("OrderCreated"), snake("SKUChangedV2")) == ("order_created", "sku_changed_v2")
    assert camel("delivery-pricing") == "DeliveryPricing"
    assert [listed(names) for names in (["A"], ["A", "B"], ["A", "B", "C"], list("ABCDE"))] == [
        "A",
        "A and B",
        "A, B and C",
        "5 events",
    ]


@pytest.mark.parametrize("publishes", ["", "PointsEarned"])
def test_a_service_has_a_queue_and_a_partner_with_queue_only(publishes: str) -> None:
    direct = dict(writing.files(make_plan("fresh-points", ["OrderCreated"], publishes.split())))
    queued = dict(
        writing.files(make_plan("fresh-points", ["OrderCreated"], publishes.split(), options=Options(queue=True)))
    )
    assert set(queued) - set(direct) == {
        Path("src/fresh_points_service/partner.py"),
        Path("tests/infra/test_queue.py"),
    }
    assert set(direct) <= set(queued)
    for path, text in {**direct, **queued}.items():
        assert len(text.splitlines()) <= 300, path
    template = Path("template.yaml")
    assert ("AWS::SQS::Queue\n" in queued[template], "Type: EventBridgeRule" in queued[template]) == (True, False)
    assert ("AWS::SQS::Queue\n" in direct[template], "Type: EventBridgeRule" in direct[template]) == (False, True)


@pytest.mark.parametrize(
    ("keeps", "queue", "message"),
    [
        (["ProductCreated"], False, "KEEPS has ProductCreated, which CONSUMES does not; it has OrderCreated, Del"),
        (["OrderCreated", "DeliveryCompleted"], False, "KEEPS has every consumed event"),
        (["OrderCreated"], True, "KEEPS and QUEUE=1 are two shapes"),
    ],
)
def test_what_cannot_be_kept_is_refused(keeps: list[str], queue: bool, message: str) -> None:
    with pytest.raises(WrongUse, match=message):
        make_plan("fresh-points", ["OrderCreated", "DeliveryCompleted"], [], options=Options(queue, keeps))


def test_a_service_that_keeps_data_starts_with_simple_fields_and_nothing_personal() -> None:
    made = make_plan(
        "fresh-points", ["OrderCreated", "UserCreated", "ProductCreated"], [], options=Options(keeps=["OrderCreated"])
    )
    fields = {event.name: event.fields for event in made.consumes}
    assert fields["OrderCreated"] == ("deliveryPrice", "total")
    for event in read_events():
        chosen = make_plan("fresh-points", [event.name], []).consumes[0].fields
        assert not {"paymentToken", "email", "userId", "name", "address"} & set(chosen), event.name


SHAPES = [
    Options(),
    Options(queue=True),
    Options(keeps=["OrderCreated"]),
    Options(api="iam"),
    Options(api="cognito", graphql="Voucher", machine=True, queue=True),
    Options(api="key", machine=True),
    Options(graphql="Voucher"),
]


@pytest.mark.parametrize("options", SHAPES)
def test_a_file_is_in_one_set_only(options: Options) -> None:
    made = make_plan("fresh-points", ["OrderCreated", "StockChanged"], ["PointsEarned"], options=options)
    paths = [path for path, _ in writing.files(made)]
    assert len(paths) == len(set(paths))
    assert {Path("tests/unit/test_handlers.py"), Path("src/fresh_points_service/domain.py")} <= set(paths)


@pytest.mark.parametrize("options", [each for each in SHAPES if each.api or each.graphql])
def test_a_service_that_others_call_needs_no_events(options: Options) -> None:
    made = make_plan("fresh-points", [], [], options=replace(options, queue=False))
    texts = dict(writing.files(made))
    assert not any("<<" in text or "%%" in text for text in texts.values())
    assert "INBOX" not in "".join(texts.values())
    assert Path("src/fresh_points_service/consumed_events.py") not in texts


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(api="open"), "API is open; it can be iam, cognito, key"),
        (Options(machine=True), "CONSUMES is empty"),
        (Options(graphql="voucher"), "not a name for a type"),
        (Options(graphql="Order"), "has Order, getOrder or putOrder already"),
        (Options(graphql="String"), "GraphQL or AppSync knows already"),
        (Options(graphql="AWSJSON"), "GraphQL or AppSync knows already"),
        (Options(graphql="Stock"), "has Stock, getStock or putStock already"),
        (Options(api="iam", queue=True), "QUEUE and KEEPS are about consumed events"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: Options, message: str) -> None:
    with pytest.raises(WrongUse, match=message):
        make_plan("fresh-points", [], [], options=options)


def test_a_machine_needs_callers_and_kept_data_none() -> None:
    with pytest.raises(WrongUse, match="MACHINE=1 needs callers"):
        make_plan("fresh-points", ["OrderCreated"], [], options=Options(machine=True))
    keeps = Options(keeps=["OrderCreated"], api="iam")
    with pytest.raises(WrongUse, match="KEEPS and a service that others call"):
        make_plan("fresh-points", ["OrderCreated", "StockChanged"], [], options=keeps)


def test_a_machine_retries_the_transient_errors_of_lambda_as_long_as_busy_services() -> None:
    made = dict(writing.files(make_plan("fresh-points", [], [], options=Options(api="iam", machine=True))))
    machine = yaml.safe_load(made[Path("state-machine.asl.yaml")])
    for name, state in machine["States"].items():
        if state["Type"] == "Task":
            later = first_match("RetryLater", state["Retry"])
            assert {first_match(error, state["Retry"]) for error in TRANSIENT} == {later}, name


def test_a_failure_halfway_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = 'mypy_path = [\n    "a",\n    "b",\n    "$MYPY_CONFIG_FILE_DIR/orders/src",\n]\n'
    (tmp_path / "pyproject.toml").write_text(project)

    def fail(_: Path) -> list[Path]:
        raise OSError("no space left")

    monkeypatch.setattr(writing, "write_generated", fail)
    with pytest.raises(OSError, match="no space"):
        writing.write(plan(publishes="PointsEarned"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["pyproject.toml"]
    assert (tmp_path / "pyproject.toml").read_text() == project
