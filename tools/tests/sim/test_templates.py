"""What the simulator reads from templates, and what stops it."""

import pytest

from tools.sim.not_simulated import NotSimulated
from tools.sim.templates.blueprint import Blueprint
from tools.sim.templates.reading import blueprint
from tools.sim.templates.resolving import NO_VALUE, Resolver
from tools.sim.templates.resources import KINDS, seconds_of


@pytest.fixture(scope="module")
def platform() -> Blueprint:
    return blueprint()


def test_queues_have_their_settings(platform: Blueprint) -> None:
    queue = next(each for each in platform.queues.values() if each.name == "ecommerce-dev-orders-EventQueue")
    assert (queue.visibility, queue.max_receive_count) == (180.0, 100)
    assert queue.dead_letters in platform.queues
    assert queue.policies


def test_mappings_have_their_settings(platform: Blueprint) -> None:
    source = next(each for each in platform.sources if each.id.endswith("warehouse-OnTableChangeSource"))
    assert (source.batch_size, source.retries, source.bisect, source.partial, source.lanes) == (50, 8, True, True, 4)
    assert "news" in source.filters[0]
    assert source.on_failure.startswith("arn:aws:s3:::")


def test_variables_name_what_exists(platform: Blueprint) -> None:
    for function in platform.functions.values():
        for name, value in function.variables.items():
            if name.endswith("TABLE_NAME") and value:
                assert value in platform.tables, (function.name, name)
            if name.endswith("API_URL") and "appsync" not in value:
                assert value.split("/")[2].partition(".")[0] in platform.apis, (function.name, name)


def test_a_route_has_the_callers_of_its_security_scheme(platform: Blueprint) -> None:
    routes = {(api.service, route.template): route for api in platform.apis.values() for route in api.routes}
    assert (routes["cart", "/checkout"].for_users, routes["cart", "/checkout"].signed) == (True, False)
    reserve = routes["warehouse", "/backend/reserve"]
    assert (reserve.for_users, reserve.signed) == (False, True)
    preauth = routes["payment-3p", "/preauth"]
    assert (preauth.for_users, preauth.signed) == (False, False)


def test_each_field_has_a_function(platform: Blueprint) -> None:
    for resolver in platform.resolvers.values():
        assert resolver.function_arn.removesuffix(":live") in platform.functions
    assert {"createOrder", "cancelOrder", "completePackaging", "setStock"} <= set(platform.resolvers)


def test_an_unknown_function_of_a_template_is_named() -> None:
    resolver = Resolver({}, {}, lambda _name, _attribute: "", "stack")
    with pytest.raises(NotSimulated, match="Fn::Cidr"):
        resolver.value({"A": {"Fn::Cidr": ["10.0.0.0/16", 2, 8]}})
    assert resolver.value({"A": {"Ref": "AWS::NoValue"}, "B": {"Fn::Sub": "x-${AWS::Region}"}}) == {"B": "x-eu-west-1"}
    assert resolver.value({"Ref": "AWS::NoValue"}) is NO_VALUE


def test_an_unknown_property_of_a_type_is_none_of_the_known() -> None:
    assert "FifoQueue" not in KINDS["AWS::SQS::Queue"].known
    with pytest.raises(NotSimulated, match="cron"):
        seconds_of("cron(0 12 * * ? *)")
    assert seconds_of("rate(5 minutes)") == 300.0
